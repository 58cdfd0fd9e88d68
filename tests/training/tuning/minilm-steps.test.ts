// Three steps of each mode on a real encoder, against PyTorch's float64 numbers.
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  makeFeeds,
  parseBertConfig,
  readEncoderWeights,
  resolveFeatures,
} from '../../../src/bert/index.js';
import type { Tensor } from '../../../src/graph/index.js';
import { defaultFeatures } from '../../../src/training/index.js';
import type { TuningTask } from '../../../src/training/tuning/tuning-graphs.js';
import { chooseParameters } from '../../../src/training/tuning/tuning-parameters.js';
import { type StepResult, TuningSession } from '../../../src/training/tuning/tuning-session.js';
import {
  defaultTuningSettings,
  type TuningMode,
} from '../../../src/training/tuning/tuning-settings.js';
import { openModelFolder, resolveReference } from '../../../src/weights/index.js';

interface Reference {
  readonly steps: readonly {
    readonly loss: number;
    readonly norm: number;
    readonly logits: number[];
  }[];
  readonly weights: Readonly<
    Record<string, { readonly sum: number; readonly squares: number; readonly first: number[] }>
  >;
}

const record = JSON.parse(
  readFileSync(new URL('../../fixtures/minilm-tuning/steps.json', import.meta.url), 'utf8'),
) as { readonly input_ids: number[][]; readonly modes: Readonly<Record<string, Reference>> };

const labels = 6;
const rows = record.input_ids.length;

/** What the reference's head and thin matrices begin with. */
function formula(shape: readonly number[], scale: number, phase: number): Tensor<'float32'> {
  const count = shape.reduce((product, size) => product * size, 1);
  const data = Float32Array.from({ length: count }, (_, at) => scale * Math.sin(0.7 * at + phase));
  return { type: 'float32', shape, data };
}

let base: Pick<TuningTask, 'config' | 'features' | 'weights'>;
beforeAll(async () => {
  const folder = await resolveReference('all-MiniLM-L6-v2');
  const model = await openModelFolder(folder);
  const config = parseBertConfig(model.config, model.configFile);
  const features = resolveFeatures(config, defaultFeatures);
  const weights = await readEncoderWeights(model.tensors, features, folder);
  await model.close();
  base = { config, features, weights };
});

function makeTask(mode: TuningMode): TuningTask {
  const { config, weights } = base;
  const settings = {
    ...defaultTuningSettings(mode),
    learningRate: 1e-4,
    headLearningRate: 3e-4,
    weightDecay: 0.01,
    maxGradientNorm: 1,
    dropout: 0,
  };
  const parameters = chooseParameters(weights, settings, { layers: config.layers, seed: 1 }).map(
    (parameter) => {
      const layer = Number(/layer\.(\d+)/.exec(parameter.name)?.[1]);
      const { shape } = parameter.initial;
      if (parameter.name.endsWith('.lora_down')) {
        return { ...parameter, initial: formula(shape, 0.05, 2 + layer) };
      }
      return parameter.name.endsWith('.lora_up')
        ? { ...parameter, initial: formula(shape, 0.02, 3 + layer) }
        : parameter;
    },
  );
  return {
    ...base,
    parameters,
    startLayer: undefined,
    head: {
      output: { weight: formula([labels, 4 * 384], 0.05, 1), bias: formula([labels], 0, 0) },
    },
    headDropout: 0,
    standardization: undefined,
    loss: { kind: 'bce' },
    baseRates: new Array<number>(labels).fill(0.5),
    settings,
    seed: 1,
  };
}

const data = {
  train: Int32Array.from({ length: rows }, (_, row) => row),
  lengths: Int32Array.from(record.input_ids, (ids) => ids.length),
  positions: 512,
  labels: {
    rows,
    columns: labels,
    values: Int8Array.from({ length: rows * labels }, (_, cell) =>
      (Math.floor(cell / labels) * 7 + (cell % labels) * 3) % 5 === 0 ? 1 : 0,
    ),
  },
  inputs: {
    read: ({ pieces: wanted, length }: { pieces: Int32Array; length: number }) => {
      const batch = Array.from(wanted, (row) => {
        const ids = Int32Array.from(record.input_ids[row]);
        const none = new Int32Array(ids.length);
        return {
          ids,
          typeIds: new Uint8Array(ids.length),
          starts: none,
          ends: none,
          sources: new Int8Array(ids.length),
          truncated: 0,
        };
      });
      const settings = { config: base.config, paddingId: 0, maskSpecialTokens: false, length };
      return Promise.resolve(makeFeeds(batch, settings));
    },
  },
};

const modes: [string, TuningMode][] = [
  ['full', { kind: 'full' }],
  ['top:2', { kind: 'top', layers: 2 }],
  ['lora', { kind: 'lora', rank: 4, alpha: 8, targets: ['query', 'value'] }],
];

describe.each(modes)('three steps of %s on MiniLM', (name, mode) => {
  const reference = record.modes[name];
  let results: StepResult[] = [];
  let state: Readonly<Record<string, Tensor>> = {};
  let firstLogits: Float32Array = new Float32Array(0);

  beforeAll(async () => {
    const session = await TuningSession.open(makeTask(mode), data, { gathers: false, threads: 2 });
    firstLogits = await session.scoreRows(data.train);
    results = [];
    for (let step = 1; step <= 3; step += 1) {
      const microBatches = [{ rows: data.train, pieces: data.train, length: 24 }];
      results.push(await session.takeStep({ step, rate: 1, microBatches }));
    }
    state = await session.readState();
    await session.close();
  });

  it('begin at the logits of PyTorch, and have its losses and norms', () => {
    const expected = reference.steps[0].logits;
    expect(
      Math.max(...expected.map((logit, at) => Math.abs(logit - firstLogits[at]))),
    ).toBeLessThan(2e-5);
    reference.steps.forEach(({ loss, norm }, at) => {
      expect(Math.abs(results[at].loss - loss)).toBeLessThan(2e-5 * loss);
      // The first step of Adam makes rounding as large as the rate where a gradient is all but 0.
      expect(Math.abs(results[at].norm - norm)).toBeLessThan((at === 0 ? 5e-5 : 1e-3) * norm);
    });
  });

  it('end at the weights of PyTorch', () => {
    const names = Object.keys(reference.weights);
    expect(names.every((parameter) => Object.hasOwn(state, parameter))).toBe(true);
    for (const [parameter, { sum, squares, first }] of Object.entries(reference.weights)) {
      const numbers = Array.from(state[parameter].data, Number);
      const scale = Math.sqrt(squares / numbers.length) + 1e-4;
      const ownSum = numbers.reduce((total, value) => total + value, 0);
      const ownSquares = numbers.reduce((total, value) => total + value * value, 0);
      // Adam's first steps are of the size of the rate whatever the gradient: where that is all but 0 (a key's bias),
      // rounding decides their sign.
      if (!parameter.endsWith('key.bias')) {
        expect(Math.abs(ownSum - sum), parameter).toBeLessThan(2e-4 * scale * numbers.length);
        first.forEach((value, at) => {
          expect(Math.abs(value - numbers[at]), parameter).toBeLessThan(3e-4 * scale + 1e-6);
        });
      }
      expect(Math.abs(ownSquares - squares), parameter).toBeLessThan(1e-3 * squares + 1e-6);
    }
  });
});
