// Steps of fine-tuning against PyTorch's numbers, and what must not change them.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { makeFeeds, parseBertConfig, resolveFeatures } from '../../../src/bert/index.js';
import { RandomSource } from '../../../src/data/index.js';
import type { Tensor } from '../../../src/graph/index.js';
import { NegativeDraws } from '../../../src/training/tuning/negative-draws.js';
import type { TuningTask } from '../../../src/training/tuning/tuning-graphs.js';
import {
  chooseParameters,
  mergeParameters,
} from '../../../src/training/tuning/tuning-parameters.js';
import type { MicroBatch } from '../../../src/training/tuning/tuning-schedule.js';
import { type StepResult, TuningSession } from '../../../src/training/tuning/tuning-session.js';
import {
  defaultTuningSettings,
  type TuningMode,
} from '../../../src/training/tuning/tuning-settings.js';
import { type JsonObject, openSafetensors } from '../../../src/weights/index.js';

const folder = fileURLToPath(new URL('../../fixtures/training-step/', import.meta.url));

interface StepRecord {
  readonly input_ids: number[][][];
  readonly attention_mask: number[][][];
  readonly labels: number[][][];
  readonly bce: { readonly logits: number[][] };
  readonly adamw: { readonly lr: number; readonly loss: number; readonly grad_norm: number }[];
}

const record = JSON.parse(readFileSync(`${folder}record.json`, 'utf8')) as StepRecord;
const config = parseBertConfig(
  JSON.parse(readFileSync(`${folder}config.json`, 'utf8')) as JsonObject,
  'config.json',
);
const features = resolveFeatures(config, [{ pooling: 'pooler', layers: [-1] }]);

async function readTensors(name: string): Promise<Map<string, Tensor>> {
  const file = await openSafetensors(`${folder}${name}`);
  try {
    const tensors = new Map<string, Tensor>();
    for (const stored of file.names()) {
      tensors.set(stored.replace(/^bert\./, ''), await file.read(stored));
    }
    return tensors;
  } finally {
    await file.close();
  }
}

const start = new Map(
  [...(await readTensors('model.safetensors'))].map(([name, { shape, data }]) => [
    name,
    { type: 'float32', shape, data: Float32Array.from(data as Float32Array) } as const,
  ]),
);

function makeTask(mode: TuningMode, changes: Partial<TuningTask> = {}): TuningTask {
  const settings = {
    ...defaultTuningSettings(mode),
    learningRate: 0.001,
    headLearningRate: 0.001,
    weightDecay: 0.01,
    maxGradientNorm: 0.1,
    dropout: 0,
  };
  const encoder = new Map([...start].filter(([name]) => !name.startsWith('classifier.')));
  const weight = (name: string): Tensor<'float32'> => {
    const tensor = start.get(name);
    if (tensor === undefined) throw new Error(name);
    return tensor;
  };
  return {
    config,
    features,
    weights: encoder,
    parameters: chooseParameters(encoder, settings, { layers: 2, seed: 1 }),
    startLayer: undefined,
    head: { output: { weight: weight('classifier.weight'), bias: weight('classifier.bias') } },
    headDropout: 0,
    standardization: undefined,
    loss: { kind: 'bce' },
    baseRates: new Array<number>(6).fill(0.5),
    settings,
    seed: 1,
    ...changes,
  };
}

/** The fixture's three batches of five rows as a table of fifteen. */
const table = {
  lengths: Int32Array.from(record.attention_mask.flat(), (mask) =>
    mask.reduce((sum, one) => sum + one),
  ),
  train: Int32Array.from({ length: 15 }, (_, row) => row),
  positions: 16,
};

function dataWith(labels = record.labels.flat().flat()): Parameters<typeof TuningSession.open>[1] {
  const ids = record.input_ids.flat();
  return {
    ...table,
    labels: { rows: 15, columns: 6, values: Int8Array.from(labels) },
    inputs: {
      read: ({ pieces, length }) => {
        const batch = Array.from(pieces, (row) => {
          const size = table.lengths[row];
          return {
            ids: Int32Array.from(ids[row].slice(0, size)),
            typeIds: new Uint8Array(size),
            starts: new Int32Array(size),
            ends: new Int32Array(size),
            sources: new Int8Array(size),
            truncated: 0,
          };
        });
        const settings = { config, paddingId: 0, maskSpecialTokens: false, length };
        return Promise.resolve(makeFeeds(batch, settings));
      },
    },
  };
}

/** Rows of the fixture's batch `batch`, cut into parts of `size`. */
function cut(batch: number, size: number, length = 12): MicroBatch[] {
  const rows = table.train.slice(batch * 5, batch * 5 + 5);
  const parts: MicroBatch[] = [];
  for (let at = 0; at < 5; at += size) {
    const part = rows.slice(at, at + size);
    parts.push({ rows: part, pieces: part, length });
  }
  return parts;
}

interface Taken {
  readonly results: StepResult[];
  readonly state: Readonly<Record<string, Tensor>>;
  readonly logits: Float32Array;
}

/** The fixture's three steps. */
async function takeSteps(
  task: TuningTask,
  {
    size = 5,
    length = 12,
    data = dataWith(),
  }: Partial<{
    size: number;
    length: number;
    data: typeof dataWith extends () => infer D ? D : never;
  }> = {},
): Promise<Taken> {
  const session = await TuningSession.open(task, data, { gathers: size < 5, threads: 1 });
  try {
    const results: StepResult[] = [];
    for (const [at, { lr }] of record.adamw.entries()) {
      const microBatches = cut(at, size, length);
      results.push(await session.takeStep({ step: at + 1, rate: lr / 0.001, microBatches }));
    }
    const logits = await session.scoreRows(Int32Array.from(table.train));
    return { results, state: await session.readState(), logits };
  } finally {
    await session.close();
  }
}

/** The largest difference of tensors of one name, against the largest number of each. */
function largestDifference(
  found: Readonly<Record<string, Tensor>>,
  expected: Iterable<readonly [string, Tensor]>,
): number {
  const differences = Array.from(expected, ([name, { data }]) => {
    const numbers = Array.from(data, Number);
    const scale = Math.max(...numbers.map(Math.abs), 1e-6);
    const own = found[name].data;
    return Math.max(...numbers.map((value, at) => Math.abs(value - Number(own[at])))) / scale;
  });
  expect(differences.length).toBeGreaterThan(0);
  return Math.max(...differences);
}

const everything: TuningMode = { kind: 'full', embeddings: true };

describe('three steps of fine-tuning', () => {
  it('have the losses, gradient norms and final weights of PyTorch', async () => {
    const { results, state } = await takeSteps(makeTask(everything));
    record.adamw.forEach(({ loss, grad_norm: norm }, at) => {
      expect(results[at].loss).toBeCloseTo(loss, 6);
      expect(results[at].norm).toBeCloseTo(norm, 6);
    });
    const expected = await readTensors('adamw-after-3-steps.safetensors');
    expect(largestDifference(state, expected)).toBeLessThan(2e-5);
  });

  it('are the same in parts as in one piece', async () => {
    const whole = await takeSteps(makeTask(everything));
    const parts = await takeSteps(makeTask(everything), { size: 2 });
    const weights = [...start.keys()].map((name) => [name, whole.state[name]] as const);
    expect(largestDifference(parts.state, weights)).toBeLessThan(1e-5);
    parts.results.forEach(({ loss, norm }, at) => {
      expect(loss).toBeCloseTo(whole.results[at].loss, 6);
      expect(norm).toBeCloseTo(whole.results[at].norm, 6);
    });
    const gathered = Object.entries(parts.state).filter(([name]) => name.endsWith('.gradient'));
    expect(gathered).toHaveLength(start.size);
    for (const [, { data }] of gathered) expect(data.every((value) => value === 0)).toBe(true);
  });

  it('do not see padding', async () => {
    const task = makeTask(everything);
    const { state } = await takeSteps(task);
    const padded = await takeSteps(task, { length: 16 });
    expect(largestDifference(padded.state, Object.entries(state))).toBeLessThan(1e-4);
  });

  it('do not see unknown labels', async () => {
    const labels = record.labels.flat().flat();
    const hidden = labels.map((value, at) => (at % 7 === 3 ? -1 : value));
    const task = makeTask(everything);
    const { state, results } = await takeSteps(task, { data: dataWith(hidden) });
    const { results: others } = await takeSteps(task);
    expect(results[0].loss).not.toBe(others[0].loss);
    // A row of which nothing is known has no gradient: dropping it changes nothing.
    const blank = labels.map((value, at) => (Math.floor(at / 6) % 5 === 2 ? -1 : value));
    const without = await takeSteps(task, { data: dataWith(blank) });
    expect(
      Object.values(state).every(({ data }) =>
        data.every((value) => Number.isFinite(Number(value))),
      ),
    ).toBe(true);
    expect(without.results[0].loss).not.toBe(others[0].loss);
  });
});

/** Rows 4, 8, 9 and 14 have no label, and each is drawn every other time; all others have the first. */
function drawnData(): {
  data: Parameters<typeof TuningSession.open>[1];
  draws: NegativeDraws;
} {
  const isNegative = (row: number): boolean => row % 5 === 4 || row === 8;
  const labels = record.labels.flat().map((row, at) => {
    if (isNegative(at)) return row.map(() => 0);
    return row.map((value, column) => (column === 0 ? 1 : value));
  });
  const data = dataWith(labels.flat());
  const logits = new Float32Array(90);
  const judged = { labels: data.labels, train: table.train, logits };
  const base = { loss: { kind: 'bce' }, baseRates: new Array<number>(6).fill(0.5) } as const;
  return { data, draws: NegativeDraws.plan({ ...judged, ...base }, 0.5) };
}

describe('a step of drawn rows', () => {
  const batchOf = (rows: Int32Array): MicroBatch[] => [{ rows, pieces: rows, length: 12 }];

  it('with a row that counts twice is one with that row twice, but for the cells of its mean', async () => {
    const { data, draws } = drawnData();
    const weight = draws.weightOf(0);
    expect(draws.weightOf(4) / weight).toBeCloseTo(2, 12);
    const task = makeTask(everything);
    const take = async (
      own: typeof data,
      rows: Int32Array,
    ): Promise<StepResult & { state: Taken['state'] }> => {
      const session = await TuningSession.open(task, own, { gathers: false, threads: 1 });
      const step = { step: 1, rate: 1, microBatches: batchOf(rows) };
      const result = await session.takeStep(step);
      const state = await session.readState();
      await session.close();
      return { ...result, state };
    };
    const weighted = await take({ ...data, draws }, Int32Array.of(0, 1, 2, 3, 4));
    const twice = await take(data, Int32Array.of(0, 1, 2, 3, 4, 4));
    expect((5 * weighted.loss) / weight).toBeCloseTo(6 * twice.loss, 4);
    expect((5 * weighted.norm) / weight / (6 * twice.norm)).toBeCloseTo(1, 4);
    // Gradients are clipped to one norm: what is left of them, and where they lead, is the same.
    expect(Math.min(weighted.norm, twice.norm)).toBeGreaterThan(0.1);
    expect(largestDifference(weighted.state, Object.entries(twice.state))).toBeLessThan(1e-4);
    const once = await take(data, Int32Array.of(0, 1, 2, 3, 4));
    expect(largestDifference(once.state, Object.entries(twice.state))).toBeGreaterThan(1e-2);
  });

  it('has the mean loss of all rows, on average over draws', async () => {
    const { data, draws } = drawnData();
    const task = makeTask(everything);
    const measure = async (own: typeof data, epochs: readonly Int32Array[]): Promise<number[]> => {
      const session = await TuningSession.open(task, own, { gathers: false, threads: 1 });
      const losses: number[] = [];
      for (const rows of epochs) {
        // At a rate of 0 nothing is learnt.
        const { loss } = await session.takeStep({ step: 1, rate: 0, microBatches: batchOf(rows) });
        losses.push(loss);
      }
      await session.close();
      return losses;
    };
    const random = new RandomSource(1);
    const epochs = Array.from({ length: 80 }, () =>
      draws.draw(random.shuffle(table.train.slice()), random),
    );
    const [all] = await measure(data, [table.train]);
    const mean = (losses: readonly number[]): number =>
      losses.reduce((sum, loss) => sum + loss) / losses.length;
    const weighted = await measure({ ...data, draws }, epochs);
    const center = mean(weighted);
    const variance = mean(weighted.map((loss) => (loss - center) ** 2));
    const slack = 3 * Math.sqrt(variance / epochs.length) + 1e-6;
    expect(Math.abs(center - all)).toBeLessThan(slack);
    expect(Math.abs(mean(await measure(data, epochs)) - all)).toBeGreaterThan(2 * slack);
  });
});

describe('modes', () => {
  it.each([
    ['full', { kind: 'full' }, (name: string) => !name.startsWith('embeddings.')],
    [
      'top:1',
      { kind: 'top', layers: 1 },
      (name: string) => /layer\.1\.|pooler|classifier/.test(name),
    ],
  ] as const)('%s changes its weights and no others', async (_, mode, learns) => {
    const task = makeTask(mode);
    const { state } = await takeSteps(task);
    const changed = [...start.keys()].filter((name) => Object.hasOwn(state, name));
    expect(changed.sort()).toEqual([...start.keys()].filter(learns).sort());
    for (const name of changed) expect(state[name].data).not.toEqual(start.get(name)?.data);
  });

  it('lora begins at the encoder as it is, and its merged weights score as the adapted ones', async () => {
    const mode: TuningMode = {
      kind: 'lora',
      rank: 2,
      alpha: 4,
      targets: ['query', 'value', 'output'],
    };
    const base = makeTask(mode);
    const task = { ...base, settings: { ...base.settings, learningRate: 0.05 } };
    const data = dataWith();
    const session = await TuningSession.open(task, data, { gathers: false, threads: 1 });
    const before = await session.scoreRows(table.train.slice(0, 5));
    await session.close();
    const differences = record.bce.logits.flat().map((logit, at) => Math.abs(logit - before[at]));
    expect(Math.max(...differences)).toBeLessThan(1e-5);

    const { state, logits } = await takeSteps(task);
    const merged = mergeParameters(task.weights, new Map(Object.entries(state)), task.settings);
    expect([...merged.keys()].sort()).toEqual(
      [...start.keys()]
        .filter((name) => /(?:query|value|\d\.output\.dense)\.weight$/.test(name))
        .sort(),
    );
    const trainedHead = {
      output: {
        weight: {
          ...state['classifier.weight'],
          type: 'float32',
          data: state['classifier.weight'].data as Float32Array,
        },
        bias: {
          ...state['classifier.bias'],
          type: 'float32',
          data: state['classifier.bias'].data as Float32Array,
        },
      },
    } as const;
    const plain = makeTask(
      { kind: 'full' },
      { weights: new Map([...task.weights, ...merged]), head: trainedHead },
    );
    const parameters = chooseParameters(plain.weights, plain.settings, { layers: 2, seed: 1 });
    const scorer = await TuningSession.open({ ...plain, parameters }, data, {
      gathers: false,
      threads: 1,
    });
    const after = await scorer.scoreRows(Int32Array.from(table.train));
    await scorer.close();
    expect(Math.max(...after.map((logit, at) => Math.abs(logit - logits[at])))).toBeLessThan(1e-5);
    expect(
      Math.max(...after.map((logit, at) => Math.abs(logit - before[at % 30]))),
    ).toBeGreaterThan(1e-3);
  });
});
