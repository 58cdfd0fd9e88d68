// That the guide to bert-as-service's flags and the files beside it say what the commands take.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { benchmarkFlags } from '../../../src/cli/bert-serving/benchmark-flags.js';
import type { FlagTable } from '../../../src/cli/bert-serving/flags/flag.js';
import { flagTables, helpText } from '../../../src/cli/bert-serving/flags/flag-help.js';
import { serverFlags } from '../../../src/cli/bert-serving/server-flags.js';
import { terminateFlags } from '../../../src/cli/bert-serving/terminate-flags.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const page = readFileSync(`${root}docs/bert-as-service.md`, 'utf8');
const examples = `${root}examples/bert-as-service/`;

const ownOfBenchmark: FlagTable = Object.fromEntries(
  Object.entries(benchmarkFlags).filter(([name]) => !Object.hasOwn(serverFlags, name)),
);

/** The 30 flags of bert-as-service 1.10 and its later -num_labels, by the names that argparse gives their values. */
const original =
  `model_dir tuned_model_dir ckpt_name config_name graph_tmp_dir max_seq_len do_lower_case pooling_layer
pooling_strategy mask_cls_sep no_special_token show_tokens_to_client no_position_embeddings num_labels port port_out
http_port http_max_connect cors num_worker max_batch_size priority_batch_size cpu xla fp16 gpu_memory_fraction
device_map prefetch_size fixed_embed_length verbose`.split(/\s+/);

describe('the flags', () => {
  it('are all of bert-as-service, and those of polytag are marked', () => {
    const own = Object.entries(serverFlags as FlagTable).filter(
      ([, { origin }]) => origin === 'polytag',
    );
    expect([...original, ...own.map(([name]) => name)].sort()).toEqual(
      Object.keys(serverFlags).sort(),
    );
  });

  it('have names of their own', () => {
    const names = Object.values(benchmarkFlags as FlagTable).flatMap((flag) => flag.names);
    expect(new Set(names).size).toBe(names.length);
  });

  it('are explained in --help, each with its default', () => {
    const text = { program: 'p', description: 'd', epilogue: 'e' };
    const help = helpText(text, benchmarkFlags);
    for (const { names, help: words } of Object.values(benchmarkFlags as FlagTable)) {
      expect(help).toMatch(new RegExp(`^ {2}-${names.join(', -')}(?: |$)`, 'm'));
      expect(help.replace(/\s+/g, ' ')).toContain(words);
    }
    expect(help).toContain('(default: 5555)');
    expect(help).toContain('(default: -2)');
    expect(help).toContain('(default: none)');
  });
});

describe('docs/bert-as-service.md', () => {
  it.each([
    ['start', serverFlags],
    ['terminate', terminateFlags],
    ['benchmark', ownOfBenchmark],
  ] as const)('has the flags of %s (npm run docs:flags writes them)', (command, table) => {
    expect(page).toContain(
      `<!-- flags: ${command} -->\n\n${flagTables(table)}\n<!-- end of flags -->`,
    );
  });

  it('names no other flags', () => {
    const tables: FlagTable[] = [benchmarkFlags, terminateFlags];
    const names = tables.flatMap((table) => Object.values(table).flatMap((flag) => flag.names));
    // How flags are written, and the beginnings of some.
    const known = [...names, 'flag', 'test_', 'max_s'];
    const named = [...page.matchAll(/`-([a-z]\w*)/g)].map(([, name]) => name);
    expect(named.length).toBeGreaterThan(80);
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
  });

  it('leads to sections that are there', () => {
    const headings = [...page.matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
      title
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    );
    for (const [, anchor] of page.matchAll(/\]\(#([^)]+)\)/g)) expect(headings).toContain(anchor);
  });
});

describe('commands in the guide and its examples', () => {
  const files = [
    `${root}docs/bert-as-service.md`,
    ...readdirSync(examples).map((name) => examples + name),
  ];
  const used = files.flatMap((file) =>
    [
      ...readFileSync(file, 'utf8').matchAll(
        /\bbert-serving-(start|terminate|benchmark)((?:[^\n`|#]|\\\n)*)/g,
      ),
    ].map(([, command, words]) => ({
      command,
      flags: [...words.matchAll(/(?<=[ "])-([a-z]\w+)/g)].map(([, flag]) => flag),
    })),
  );

  it('are found', () => {
    expect(used.filter(({ flags }) => flags.length > 0).length).toBeGreaterThan(6);
  });

  it('have flags that the commands know', () => {
    const tables = { start: serverFlags, terminate: terminateFlags, benchmark: benchmarkFlags };
    const unknown = used.flatMap(({ command, flags }) => {
      const table: FlagTable = tables[command as keyof typeof tables];
      const names = Object.values(table).flatMap((flag) => flag.names);
      return flags.filter((flag) => !names.includes(flag));
    });
    expect(unknown).toEqual([]);
  });
});
