// That command lines are read as Python's argparse reads them.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { benchmarkFlags } from '../../../src/cli/bert-serving/benchmark-flags.js';
import { parseFlags } from '../../../src/cli/bert-serving/flags/flag-parser.js';
import { serverFlags } from '../../../src/cli/bert-serving/server-flags.js';

type ServerValues = Extract<
  ReturnType<typeof parseFlags<typeof serverFlags>>,
  { kind: 'values' }
>['values'];

function parse(...words: string[]): ServerValues {
  const parsed = parseFlags(serverFlags, ['-model_dir', 'm', ...words]);
  if (parsed.kind !== 'values') throw new Error(`got ${parsed.kind}`);
  return parsed.values;
}

describe('a command line', () => {
  it('gives defaults, those of bert-as-service', () => {
    expect(parse()).toMatchObject({
      model_dir: 'm',
      tuned_model_dir: null,
      ckpt_name: 'bert_model.ckpt',
      config_name: 'bert_config.json',
      graph_tmp_dir: null,
      max_seq_len: 25,
      do_lower_case: true,
      pooling_layer: [-2],
      pooling_strategy: { name: 'REDUCE_MEAN', number: 2 },
      mask_cls_sep: false,
      no_special_token: false,
      show_tokens_to_client: false,
      no_position_embeddings: false,
      port: 5555,
      port_out: 5556,
      http_port: null,
      http_max_connect: 10,
      cors: '*',
      max_batch_size: 256,
      priority_batch_size: 16,
      cpu: false,
      xla: false,
      fp16: false,
      gpu_memory_fraction: 0.5,
      device_map: [],
      prefetch_size: 10,
      fixed_embed_length: false,
      verbose: false,
    });
  });

  it('takes negative numbers as values, in lists too', () => {
    expect(parse('-pooling_layer', '-4', '-3', '-2', '-1', '-cpu')).toMatchObject({
      pooling_layer: [-4, -3, -2, -1],
      cpu: true,
    });
    expect(parse('-pooling_layer=-1').pooling_layer).toEqual([-1]);
  });

  it.each(['-port', '-port_in', '-port_data', '--port', '-port_d'])(
    'takes %s for one flag',
    (flag) => {
      expect(parse(flag, '7000').port).toBe(7000);
      expect(parse(`${flag}=7000`).port).toBe(7000);
    },
  );

  it('takes the last of several', () => {
    expect(parse('-port', '1', '-port_in=2').port).toBe(2);
  });

  it.each(['NONE', 'none', 'None'])('takes -max_seq_len %s for no limit', (word) => {
    expect(parse('-max_seq_len', word).max_seq_len).toBeNull();
  });

  it.each([
    ['CLS_TOKEN', 4],
    ['FIRST_TOKEN', 4],
    ['SEP_TOKEN', 5],
    ['LAST_TOKEN', 5],
    ['reduce_max', 1],
    ['0', 0],
    ['8', 8],
  ])('takes -pooling_strategy %s for number %d', (word, number) => {
    expect(parse('-pooling_strategy', word).pooling_strategy.number).toBe(number);
  });

  it('takes empty and spaced values, and those with = in them', () => {
    expect(parse('-cors=').cors).toBe('');
    expect(parse('-cors', '-a b').cors).toBe('-a b');
    expect(parse('-cors=a=b').cors).toBe('a=b');
  });

  it('takes a list of none where argparse does', () => {
    const parsed = parseFlags(benchmarkFlags, ['-model_dir', 'm', '-test_num_client', '-cpu']);
    expect(parsed).toMatchObject({ values: { test_num_client: [], cpu: true } });
  });

  it.each(['-h', '-help', '--help', '--h'])('finds %s before what is missing', (word) => {
    expect(parseFlags(serverFlags, [word])).toEqual({ kind: 'help' });
  });

  it('finds -version', () => {
    expect(parseFlags(serverFlags, ['-version'])).toEqual({ kind: 'version' });
  });

  it('knows which flags were given', () => {
    const parsed = parseFlags(serverFlags, ['-model_dir', 'm', '-cased']);
    expect(parsed).toMatchObject({ values: { do_lower_case: false } });
    expect(parsed.kind === 'values' && [...parsed.given]).toEqual(['model_dir', 'do_lower_case']);
  });
});

describe('a command line that is wrong', () => {
  it.each([
    [[], 'the following arguments are required: -model_dir'],
    [['-model_dir'], 'argument -model_dir: expected one argument'],
    [['-model_dir', '--', 'm'], 'argument -model_dir: expected one argument'],
    [['-model_dir', 'm', 'n'], 'unrecognized arguments: n'],
    [['-model_dir', 'm', '--', '-cpu'], 'unrecognized arguments: -cpu'],
    [['-model_dir', 'm', '-gpu'], 'argument -gpu_memory_fraction: expected one argument'],
    [['-model_dir', 'm', '-nope', '1'], 'unrecognized arguments: -nope 1'],
    [['-pooling_layer', '-cpu'], 'argument -pooling_layer: expected at least one argument'],
    [['-cpu=1'], "argument -cpu: ignored explicit argument '1'"],
    [
      ['-port', 'x'],
      "argument -port/-port_in/-port_data: expected a whole number from 0 to 65535, got 'x'",
    ],
    [['-port', '70000'], /from 0 to 65535, got '70000'/],
    [['-num_worker', '0'], /argument -num_worker: expected a whole number from 1/],
    [['-max_seq_len', '3'], /argument -max_seq_len: expected a whole number above 3 .* got '3'/],
    [['-gpu_memory_fraction', '1.5'], /expected a number from 0 to 1, got '1.5'/],
    [['-pooling_strategy', 'MEAN'], /invalid choice: 'MEAN' \(choose from NONE, REDUCE_MAX/],
    [['-pooling_strategy', '9'], /invalid choice: '9'/],
    [['-pooling_strategy', 'constructor'], /invalid choice/],
    [['-n'], /^ambiguous option: -n could match -no_special_token, -no_position_embeddings, /],
  ])('%j: %s', (words, sentence) => {
    expect(() => parseFlags(serverFlags, words)).toThrow(sentence);
  });
});

describe('every form of the same', () => {
  type Spelling = readonly [words: string[], expected: Partial<ServerValues>];

  const number = fc.integer({ min: 4, max: 9999 });
  const one = (names: readonly string[], value: fc.Arbitrary<number>, key: keyof ServerValues) =>
    fc
      .tuple(fc.constantFrom(...names), value, fc.constantFrom('-', '--'), fc.boolean())
      .map(([name, chosen, dashes, isAttached]): Spelling => {
        const words = isAttached
          ? [`${dashes}${name}=${chosen}`]
          : [`${dashes}${name}`, String(chosen)];
        return [words, { [key]: chosen }];
      });
  const toggle = (names: readonly string[], key: keyof ServerValues, stored: boolean) =>
    fc.constantFrom(...names).map((name): Spelling => [[`-${name}`], { [key]: stored }]);
  const layers = fc
    .array(fc.integer({ min: -12, max: 11 }), { minLength: 1, maxLength: 4 })
    .map((list): Spelling => [['-pooling_layer', ...list.map(String)], { pooling_layer: list }]);

  it('gives the same record, in any order', () => {
    const settings = fc.tuple(
      one(['port', 'port_in', 'port_data'], number, 'port'),
      one(['port_out', 'port_result', 'port_o'], number, 'port_out'),
      one(['max_seq_len', 'max_s'], number, 'max_seq_len'),
      one(['prefetch_size', 'pre'], fc.integer({ min: -99, max: 99 }), 'prefetch_size'),
      toggle(['cased_tokenization', 'ca'], 'do_lower_case', false),
      toggle(['mask_cls_sep', 'mask'], 'mask_cls_sep', true),
      layers,
    );
    const shuffled = settings.chain((spellings) =>
      fc.shuffledSubarray(spellings, { minLength: 1 }),
    );
    fc.assert(
      fc.property(shuffled, (spellings) => {
        const words = spellings.flatMap(([each]) => each);
        const expected = Object.assign({}, ...spellings.map(([, record]) => record)) as object;
        expect(parse(...words)).toEqual({ ...parse(), ...expected });
      }),
    );
  });
});
