// Training and scoring by running services, over real sockets: the same head as with the encoder at hand.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MultiLabelClassifier, type TrainOptions } from '../../../src/index.js';
import { expectRefusal } from '../../classifier/support/refusal.js';
import { filesOf } from '../../classifier/support/folder-contents.js';
import { temporaryFolder } from '../../classifier/support/temporary-folder.js';
import { writeToxicRows } from '../../classifier/support/toxic-rows.js';
import { type RunningService, startService, tinyModel } from './running-service.js';

const root = temporaryFolder();
const table = join(root, 'rows.csv');
const base = {
  table,
  head: { epochs: 2, hiddenUnits: 8 },
  cache: false,
  workers: 1,
} as const satisfies Partial<TrainOptions>;
const warnings: string[] = [];
const onWarning = (sentence: string): void => {
  warnings.push(sentence);
};
let texts: string[] = [];
let services: RunningService[] = [];
let byService: MultiLabelClassifier;

const sameWayHere = {
  encoder: tinyModel,
  features: [{ pooling: 'mean', layers: [-2] }],
  maxLength: 25,
} as const;

beforeAll(async () => {
  texts = await writeToxicRows(table, 400);
  services = await Promise.all([startService(), startService()]);
  byService = await MultiLabelClassifier.train({
    ...base,
    out: join(root, 'by-service'),
    encoder: services.map(({ address }) => address).join(','),
    onWarning,
  });
});
afterAll(async () => {
  await byService.close();
  await Promise.all(services.map((service) => service.stop()));
});

describe('training on the vectors of running services', () => {
  it('gives the head and the figures that the encoder at hand gives', async () => {
    const here = await MultiLabelClassifier.train({
      ...base,
      ...sameWayHere,
      out: join(root, 'here'),
    });
    const { validation, thresholds, rows, history, features, maxLength } = byService.info;
    expect(features).toEqual(here.info.features);
    expect(maxLength).toBe(25);
    expect({ ...rows, truncated: 0 }).toEqual({ ...here.info.rows, truncated: 0 });
    expect(history.map(({ loss }) => loss)).toEqual(
      here.info.history.map(({ loss }) => expect.closeTo(loss, 5) as number),
    );
    expect(validation.macro.rocAuc.value).toBeCloseTo(
      here.info.validation.macro.rocAuc.value ?? -1,
      4,
    );
    thresholds.forEach(({ threshold }, label) => {
      expect(threshold).toBeCloseTo(here.info.thresholds[label].threshold, 4);
    });
    const some = [...texts.slice(0, 60), '', '  ', 'warning '.repeat(90), 'you ||| are ||| here'];
    const ours = await byService.predictMatrix(some);
    const theirs = await here.predictMatrix(some);
    ours.values.forEach((score, cell) => {
      expect(score).toBeCloseTo(theirs.values[cell], 5);
    });
    expect(ours.truncated).toBeNull();
    await here.close();
  });

  it('writes a folder of the head alone, and says so', () => {
    expect(filesOf(byService.folder)).toEqual([
      'README.md',
      'baseline/linear.safetensors',
      'curves.svg',
      'head.onnx',
      'polytag.json',
      'training.json',
      'validation-scores.json',
    ]);
    expect(byService.info).toMatchObject({
      format: 2,
      quantization: null,
      encoder: {
        reference: services.map(({ address }) => address).join(','),
        service: {
          kind: 'polytag',
          width: 32,
          addresses: services.map(({ address }) => address),
          facts: { max_seq_len: '25', pooling_layer: '[-2]' },
        },
      },
    });
    expect(byService.info.encoder.service?.facts.model_key).toMatch(/^"[0-9a-f]{64}"$/);
    const card = readFileSync(join(byService.folder, 'README.md'), 'utf8');
    expect(card).toContain('The folder holds a head, and no encoder');
    expect(card).not.toContain('transformers');
  });

  it('says that it is not known which texts were cut', () => {
    expect(byService.info.rows.truncated).toBeNull();
    expect(warnings).toEqual([
      'the service cuts texts after 25 tokens and does not say which: how many were cut is not known',
    ]);
  });

  it('evaluates through the service', async () => {
    const { model, baseline, rows } = await byService.evaluate(table, { bootstrap: false });
    const here = await MultiLabelClassifier.load(join(root, 'here'), { workers: 1 });
    const same = await here.evaluate(table, { bootstrap: false });
    await here.close();
    expect(model.macro.rocAuc.value).toBeCloseTo(same.model.macro.rocAuc.value ?? -1, 3);
    expect(baseline).toEqual(same.baseline);
    expect(rows).toMatchObject({ rows: 400, truncated: null });
  });

  it('goes on from the cache: no text is asked for twice, and the bytes are the same', async () => {
    const cache = join(root, 'cache');
    const [{ address }] = services;
    const train = async (out: string, encoder: string): Promise<Uint8Array> => {
      const options = { ...base, cache, encoder, baseline: false, out: join(root, out) };
      await (await MultiLabelClassifier.train(options)).close();
      return readFileSync(join(root, out, 'head.onnx'));
    };
    const first = await train('first', address);
    const [folder] = readdirSync(cache);
    const segments = readdirSync(join(cache, folder));
    // The other service has the same model and flags: the vectors are those of the first one.
    expect(await train('second', services[1].address)).toEqual(first);
    expect(readdirSync(cache)).toEqual([folder]);
    expect(readdirSync(join(cache, folder))).toEqual(segments);
    const longer = await startService({ maxLength: 30 });
    await train('longer', longer.address);
    expect(readdirSync(cache)).toHaveLength(2);
    await longer.stop();
  });
});

describe('a model whose encoder is a service', () => {
  it('scores by another service of the same model and flags', async () => {
    const [first, second] = await Promise.all(
      services.map(async ({ address }) => {
        const classifier = await MultiLabelClassifier.load(byService.folder, { encoder: address });
        const scores = await classifier.predict(texts.slice(0, 3));
        await classifier.close();
        return scores;
      }),
    );
    expect(first).toEqual(second);
  });

  it('refuses a service of other flags, naming what differs', async () => {
    const other = await startService({ layers: [-1] });
    const { folder } = byService;
    const classifier = await MultiLabelClassifier.load(folder, { encoder: other.address });
    await expectRefusal(
      classifier.predict(['a text']),
      'SERVICE_CHANGED',
      other.address,
      'pooling_layer is [-1], not [-2]',
    );
    await classifier.close();
    await other.stop();
  });

  it('opens without the service, is copied, and is checked like any model', async () => {
    const copy = join(root, 'copy');
    await byService.save(copy);
    expect(filesOf(copy)).toEqual(filesOf(byService.folder));
    const bytes = readFileSync(join(copy, 'head.onnx'));
    bytes[bytes.length - 40] ^= 1;
    writeFileSync(join(copy, 'head.onnx'), bytes);
    await expectRefusal(MultiLabelClassifier.load(copy), 'MODEL_FILE_CHANGED', 'head.onnx');
  });

  it('refuses what only a whole model has, and a service for a model that has its encoder', async () => {
    const { folder } = byService;
    const int8 = MultiLabelClassifier.load(folder, { precision: 'int8' });
    await expectRefusal(int8, 'OPTION_INVALID', 'no encoder to round');
    const whole = MultiLabelClassifier.load(join(root, 'here'), { encoder: 'tcp://a:5555' });
    await expectRefusal(whole, 'OPTION_INVALID', 'holds its encoder');
    const files = await MultiLabelClassifier.load(folder, { encoder: tinyModel });
    await expectRefusal(files.predict(['a']), 'OPTION_INVALID', 'tcp://HOST:PORT');
    await files.close();
  });
});

describe('what a service has settled', () => {
  it.each([
    ['features', sameWayHere.features],
    ['maxLength', 50],
    ['truncation', 'tail'],
  ])('%s is refused beside its address', async (option, value) => {
    const out = join(root, 'refused');
    const attempt = MultiLabelClassifier.train({
      ...base,
      out,
      encoder: services[0].address,
      [option]: value,
    });
    await expectRefusal(attempt, 'OPTION_INVALID', option, 'settled how it encodes');
  });
});
