// The two sessions of a head in training: one takes steps and holds the state, one scores rows with given weights.
import { namedHeadWeights, type HeadLayers } from '../bert/index.js';
import type { Tensor } from '../graph/index.js';
import type { LabelMatrix } from '../metrics/index.js';
import { StatefulSession } from '../runtime/index.js';
import type { SoftTargets } from './distillation/soft-targets.js';
import { labelsToFloats, type BaseRates } from './training-labels.js';
import { buildHeadScorer, buildHeadStep, stepNames } from './head-step.js';
import type { HeadSettings } from './settings.js';

/** Encoded rows with their labels. */
export interface HeadRows {
  /** [rows, width], row-major, on memory that threads share. */
  readonly features: Float32Array<SharedArrayBuffer>;
  readonly width: number;
  /** [rows, labels] */
  readonly labels: LabelMatrix;
  /** What is learnt from instead of the labels, which then only judge. */
  readonly soft?: SoftTargets | undefined;
}

/** Weights by their names in model files. */
export type NamedWeights = ReadonlyMap<string, Tensor>;

/** Rows to learn from together, and how. */
export interface StepPlan {
  readonly rows: Int32Array;
  readonly learningRate: number;
  /** From 1, over the whole run. */
  readonly step: number;
}

/** Worker threads that train and score a head; to be closed. */
export class HeadSessions {
  private constructor(
    private readonly stepper: StatefulSession,
    private readonly scorer: StatefulSession,
    private readonly weightNames: readonly string[],
  ) {}

  /** Opens both sessions over the same rows. */
  static async open(
    { features, width, labels, soft }: HeadRows,
    initial: HeadLayers<Tensor<'float32'>>,
    settings: HeadSettings,
    baseRates: BaseRates,
    threads: number,
  ): Promise<HeadSessions> {
    const loss = { ...settings.loss, distillation: soft };
    const { model, state } = buildHeadStep(width, initial, settings, baseRates, loss);
    const { targets, known } = labelsToFloats(labels, soft);
    const matrix = (data: Float32Array, columns: number): Tensor => ({
      type: 'float32',
      shape: [labels.rows, columns],
      data,
    });
    const resident = { [stepNames.features]: matrix(features, width) };
    const targetMatrices = {
      [stepNames.targets]: matrix(targets, labels.columns),
      [stepNames.known]: matrix(known, labels.columns),
    };
    const stepper = await StatefulSession.open(model, {
      state,
      resident: { ...resident, ...targetMatrices },
      threads,
    });
    const scorer = await StatefulSession.open(buildHeadScorer(width, initial), {
      state: [],
      resident,
      threads,
    });
    return new HeadSessions(
      stepper,
      scorer,
      namedHeadWeights(initial).map(([name]) => name),
    );
  }

  /** Takes the steps in order. @returns the loss of each, dropout included */
  async takeSteps(plans: readonly StepPlan[], signal?: AbortSignal): Promise<number[]> {
    const outputs = await this.stepper.runMany(plans.map(feedsOf), { signal });
    return outputs.map((output) => Number(output[stepNames.loss].data[0]));
  }

  /** @returns [rows, labels], row-major */
  async scoreRows(rows: Int32Array, weights: NamedWeights): Promise<Float32Array> {
    const outputs = await this.scorer.run({ ...Object.fromEntries(weights), ...rowsFeed(rows) });
    const { data } = outputs[stepNames.logits];
    if (!(data instanceof Float32Array)) throw new Error('logits must be float32');
    return data;
  }

  /** Everything that the next step depends on: weights and moments. */
  async readState(): Promise<NamedWeights> {
    return new Map(Object.entries(await this.stepper.readState()));
  }

  /** Puts back what {@link readState} gave. */
  async writeState(state: NamedWeights): Promise<void> {
    await this.stepper.writeState(Object.fromEntries(state));
  }

  /** The weights within a state. */
  weightsOf(state: NamedWeights): NamedWeights {
    return new Map([...state].filter(([name]) => this.weightNames.includes(name)));
  }

  /** Ends both threads. */
  async close(): Promise<void> {
    await Promise.all([this.stepper.close(), this.scorer.close()]);
  }
}

function feedsOf({ rows, learningRate, step }: StepPlan): Record<string, Tensor> {
  return {
    ...rowsFeed(rows),
    [stepNames.learningRate]: { type: 'float32', shape: [], data: Float32Array.of(learningRate) },
    [stepNames.step]: { type: 'int64', shape: [], data: BigInt64Array.of(BigInt(step)) },
  };
}

function rowsFeed(rows: Int32Array): Record<string, Tensor> {
  const data = BigInt64Array.from(rows, BigInt);
  return { [stepNames.rows]: { type: 'int64', shape: [rows.length], data } };
}
