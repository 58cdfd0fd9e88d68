// The graphs of fine-tuning, over one state: a whole step, a part of a step, the end of a step in parts, and scores.
import {
  type BertConfig,
  buildEncoder,
  buildFeatures,
  buildHead,
  declareInputs,
  headLayersOf,
  namedHeadWeights,
  type HeadLayers,
  initializersOf,
  type ResolvedFeatures,
} from '../../bert/index.js';
import {
  adamW,
  add,
  cast,
  clipByGlobalNorm,
  divide,
  dropout,
  GraphBuilder,
  gradients,
  modelToChunks,
  multiply,
  reduceSum,
  subtract,
  type Tensor,
  tensorOf,
  type Value,
} from '../../graph/index.js';
import { cellLosses, type TrainingLoss } from '../losses.js';
import type { Standardization } from '../standardization.js';
import type { BaseRates } from '../training-labels.js';
import { buildAdaptation, type TunedParameter } from './tuning-parameters.js';
import type { TuningSettings } from './tuning-settings.js';
import {
  gradientName,
  gradientStates,
  momentNames,
  successor,
  type TuningState,
  weightStates,
} from './tuning-state.js';

/** What is trained, and how. */
export interface TuningTask {
  readonly config: BertConfig;
  readonly features: ResolvedFeatures;
  /** The encoder's weights in float32, by name. */
  readonly weights: ReadonlyMap<string, Tensor<'float32'>>;
  /** Those of them, or beside them, that learn. */
  readonly parameters: readonly TunedParameter[];
  /** Layer whose output is fed; undefined when token ids are. */
  readonly startLayer: number | undefined;
  /** The head on standardised features. */
  readonly head: HeadLayers<Tensor<'float32'>>;
  readonly headDropout: number;
  readonly standardization: Standardization | undefined;
  readonly loss: TrainingLoss;
  readonly baseRates: BaseRates;
  readonly settings: TuningSettings;
  readonly seed: number;
}

/** Names of what the graphs are fed with, and of what they answer, beside those of the encoder's inputs. */
export const tuningNames = {
  /** float16 [rows, tokens, hidden]: states of `startLayer` */
  states: 'states',
  /** float32 [rows, labels]: 1 positive, 0 negative or unknown */
  targets: 'targets',
  /** float32 [rows, labels]: what a known cell counts, 1 unless rows are drawn; 0 unknown */
  known: 'known',
  /** float32 scalar: known cells of the whole step */
  cells: 'cells',
  /** float32 scalar: the share of the peak rates */
  rate: 'rate',
  /** int64 scalar, from 1 */
  step: 'step',
  /** int64 scalar: decides what dropout drops */
  draw: 'draw',
  /** float32 scalar out: this part's share of the step's mean loss */
  loss: 'loss',
  /** float32 scalar out: the norm of the step's gradients before clipping */
  norm: 'norm',
  /** float32 [rows, labels] out */
  logits: 'logits',
} as const;

/** The four models, and the state that they share. */
export interface TuningModels {
  /** A step of one micro-batch. */
  readonly step: Uint8Array[];
  /** Adds a micro-batch's gradients to those gathered. */
  readonly gather: Uint8Array[];
  /** A step by the gradients gathered. */
  readonly apply: Uint8Array[];
  /** Logits. */
  readonly score: Uint8Array[];
  readonly state: readonly TuningState[];
}

/**
 * Builds them.
 *
 * @param gathers whether steps are ever cut into parts; without, no gradients are kept, and `gather` and `apply` are empty
 */
export function buildTuningModels(task: TuningTask, gathers: boolean): TuningModels {
  const step = new TuningGraph(task);
  const own = step.measureGradients();
  step.update(own.gradients);
  const score = new TuningGraph(task);
  score.graph.output(tuningNames.logits, score.score());
  const models = { step: modelToChunks(step.graph), score: modelToChunks(score.graph) };
  const learning = allParameters(task);
  if (!gathers) return { ...models, gather: [], apply: [], state: weightStates(learning) };
  const gather = new TuningGraph(task);
  gather.add(gather.measureGradients().gradients);
  const apply = new TuningGraph(task);
  apply.updateGathered();
  return {
    ...models,
    gather: modelToChunks(gather.graph),
    apply: modelToChunks(apply.graph),
    state: [...weightStates(learning), ...gradientStates(learning)],
  };
}

/** Everything that learns, head last. */
function allParameters({ parameters, head, settings }: TuningTask): TunedParameter[] {
  const rateFactor = settings.headLearningRate / settings.learningRate;
  const headParameters = namedHeadWeights(head).map(([name, initial]) => {
    return { name, initial, rateFactor, decays: initial.shape.length > 1 };
  });
  return [...parameters, ...headParameters];
}

/** One graph in the making. */
class TuningGraph {
  readonly graph = new GraphBuilder();
  readonly #task: TuningTask;
  readonly #parameters: readonly TunedParameter[];
  readonly #values: ReadonlyMap<string, Value>;
  #sites = 0;

  constructor(task: TuningTask) {
    this.#task = task;
    this.#parameters = allParameters(task);
    this.#values = new Map(
      this.#parameters.map(({ name, initial }) => [name, this.#input(name, initial.shape)]),
    );
  }

  /** Logits without dropout. */
  score(): Value {
    return this.#buildLogits();
  }

  /** The loss of a micro-batch with dropout, and its gradients. */
  measureGradients(): { gradients: Value[] } {
    const { baseRates, loss: kind, settings } = this.#task;
    const seed = this.graph.scalar('int64', this.#task.seed);
    const draw = this.graph.input(tuningNames.draw, 'int64', []);
    const drop = (x: Value, rate: number): Value =>
      dropout(x, rate, { seed, step: draw, site: this.#sites++ });
    const logits = this.#buildLogits(drop);
    const shape = ['batch_size', baseRates.length];
    const targets = this.#input(tuningNames.targets, shape);
    const known = this.#input(tuningNames.known, shape);
    const smooth = settings.labelSmoothing;
    const smoothed = smooth === 0 ? targets : add(multiply(targets, 1 - smooth), smooth / 2);
    const losses = cellLosses(logits, smoothed, kind, baseRates);
    const cells = this.#input(tuningNames.cells, []);
    const loss = divide(reduceSum(multiply(losses, known)), cells);
    this.graph.output(tuningNames.loss, loss);
    return { gradients: gradients(loss, [...this.#values.values()]) };
  }

  /** Adds to the gradients gathered. */
  add(parts: readonly Value[]): void {
    this.#parameters.forEach(({ name, initial }, at) => {
      const gathered = this.#input(gradientName(name), initial.shape);
      this.graph.output(successor(gradientName(name)), add(gathered, parts[at]));
    });
  }

  /** Clips the gradients gathered, takes the step, and begins to gather anew. */
  updateGathered(): void {
    const gathered = this.#parameters.map(({ name, initial }) =>
      this.#input(gradientName(name), initial.shape),
    );
    this.update(gathered);
    this.#parameters.forEach(({ name }, at) => {
      this.graph.output(successor(gradientName(name)), multiply(gathered[at], 0));
    });
  }

  /** Clips gradients and takes AdamW's step. */
  update(parts: readonly Value[]): void {
    const { settings } = this.#task;
    const { factor, norm } = clipByGlobalNorm(parts, settings.maxGradientNorm);
    this.graph.output(tuningNames.norm, norm);
    const options = {
      learningRate: multiply(this.#input(tuningNames.rate, []), settings.learningRate),
      step: this.graph.input(tuningNames.step, 'int64', []),
      gradientFactor: factor,
    };
    const updated = adamW(
      this.#parameters.map(({ name, initial, rateFactor, decays }, at) => {
        const [first, second] = momentNames(name).map((moment) =>
          this.#input(moment, initial.shape),
        );
        return {
          parameter: this.#value(name),
          gradient: parts[at],
          moments: { first, second },
          weightDecay: decays ? settings.weightDecay : 0,
          rateFactor,
        };
      }),
      options,
    );
    this.#parameters.forEach(({ name }, at) => {
      const { parameter, moments } = updated[at];
      const [first, second] = momentNames(name);
      this.graph.output(successor(name), parameter);
      this.graph.output(successor(first), moments.first);
      this.graph.output(successor(second), moments.second);
    });
  }

  #input(name: string, shape: readonly (number | string)[]): Value {
    return this.graph.input(name, 'float32', shape);
  }

  #value(name: string): Value {
    const value = this.#values.get(name);
    if (value === undefined) throw new Error(`${name} does not learn`);
    return value;
  }

  #buildLogits(drop?: (x: Value, rate: number) => Value): Value {
    const { config, features, weights, startLayer, settings, headDropout } = this.#task;
    const frozen = initializersOf(this.graph, weights);
    const weight = (name: string): Value => this.#values.get(name) ?? frozen(name);
    const inputs = this.#declareInputs(startLayer);
    const { attentionMask } = inputs;
    const states = buildEncoder(
      {
        config,
        ...inputs,
        weight,
        adapt: buildAdaptation(settings, (name) => this.#values.get(name)),
        // The rate of the settings, not of the configuration: what was right for pre-training may not be here.
        ...(drop === undefined || settings.dropout === 0
          ? {}
          : { dropout: (x: Value) => drop(x, settings.dropout) }),
      },
      features.lastLayer,
    );
    const pooled = buildFeatures(features, states, attentionMask, weight);
    const head = headLayersOf(this.#values);
    const vectors = this.#standardize(pooled);
    return buildHead(vectors, head, (hidden) => drop?.(hidden, headDropout) ?? hidden);
  }

  #declareInputs(
    startLayer: number | undefined,
  ): Pick<
    Parameters<typeof buildEncoder>[0],
    'inputIds' | 'attentionMask' | 'tokenTypeIds' | 'start'
  > {
    const { config } = this.#task;
    if (startLayer === undefined) return declareInputs(this.graph, config);
    const shape = ['batch_size', 'sequence_length'];
    const attentionMask = this.graph.input('attention_mask', 'int64', shape);
    const halves = this.graph.input(tuningNames.states, 'float16', [...shape, config.hiddenSize]);
    const start = { layer: startLayer, states: cast(halves, 'float32') };
    // Not looked at: encoding begins above the embeddings.
    return { inputIds: attentionMask, attentionMask, start };
  }

  #standardize(pooled: Value): Value {
    const { standardization } = this.#task;
    if (standardization === undefined) return pooled;
    const { means, deviations } = standardization;
    const row = (numbers: Float64Array): Value =>
      this.graph.constant(tensorOf('float32', [numbers.length], [...numbers]));
    return divide(subtract(pooled, row(means)), row(deviations));
  }
}
