// The outcome of a training that never happened: a head of random weights, for tests of what is written of it.
import type { Feature } from '../../../src/bert/index.js';
import { RandomSource } from '../../../src/data/index.js';
import type { Tensor } from '../../../src/graph/index.js';
import { chooseThresholds, evaluate } from '../../../src/metrics/index.js';
import {
  defaultFeatures,
  defaultHeadSettings,
  type TrainingOutcome,
} from '../../../src/training/index.js';

/** What the outcome is of. */
export interface RandomOutcomeOptions {
  readonly folder: string;
  readonly hiddenSize: number;
  readonly features?: readonly Feature[];
  /** 0 for a linear head. */
  readonly hiddenUnits?: number;
  readonly labelNames?: readonly string[];
  readonly maxLength?: number;
}

/** An outcome; the same options give the same one. */
export async function randomOutcome({
  folder,
  hiddenSize,
  features = defaultFeatures,
  hiddenUnits = 8,
  labelNames = ['toxic', 'in|sult', '__proto__', '7'],
  maxLength = 40,
}: RandomOutcomeOptions): Promise<TrainingOutcome> {
  const random = new RandomSource(3);
  const tensor = (...shape: number[]): Tensor<'float32'> => {
    const size = shape.reduce((product, length) => product * length, 1);
    const data = Float32Array.from({ length: size }, () => random.nextFloat() - 0.5);
    return { type: 'float32', shape, data };
  };
  const layer = (outputs: number, inputs: number) => ({
    weight: tensor(outputs, inputs),
    bias: tensor(outputs),
  });
  const width = features.length * hiddenSize;
  const hidden = hiddenUnits === 0 ? undefined : layer(hiddenUnits, width);
  const output = layer(labelNames.length, hiddenUnits === 0 ? width : hiddenUnits);
  const columns = labelNames.length;
  const scores = { rows: 40, columns, values: tensor(40, columns).data.map((x) => x + 0.5) };
  const labels = {
    rows: 40,
    columns,
    values: Int8Array.from(scores.values, (x) => (x > 0.6 ? 1 : 0)),
  };
  labels.values.fill(0, 0, columns);
  const thresholds = chooseThresholds(labels, scores);
  const validation = await evaluate({
    labels,
    scores,
    labelNames,
    thresholds: thresholds.map(({ threshold }) => threshold),
  });
  return {
    labelNames,
    encoder: { reference: folder, folder, contentKey: 'ab'.repeat(32) },
    features,
    maxLength,
    truncation: 'head',
    settings: { ...defaultHeadSettings, hiddenUnits },
    head: { hidden, output },
    thresholds,
    rows: {
      table: 'table.csv',
      dataSha256: 'cd'.repeat(32),
      textColumn: 'text',
      train: 360,
      validation: 40,
      validationFrom: '/data/private/validation.csv',
      truncated: 3,
    },
    history: [{ epoch: 1, loss: 0.5, validationRocAuc: 0.9 }],
    bestEpoch: 1,
    validation,
    seconds: { reading: 0.1 },
  };
}
