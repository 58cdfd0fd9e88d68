// Chooses how to fine-tune within a time budget: mode, length and epochs, from the rows, their lengths, the encoder and the machine's speed.
import type { BertConfig } from '../../bert/index.js';
import { GraphBuilder, matMul, modelToChunks, type Tensor } from '../../graph/index.js';
import { WorkerPool } from '../../runtime/index.js';
import { defaultTuningSettings, type TuningMode, type TuningSettings } from './tuning-settings.js';

/** What a plan is made from. */
export interface PlanFacts {
  readonly config: Pick<BertConfig, 'layers' | 'hiddenSize' | 'intermediateSize'>;
  /** Rows that are learnt from, and all rows. */
  readonly train: number;
  readonly rows: number;
  /** Most tokens of a text. */
  readonly maxLength: number;
  /** Mean tokens of a text, cut to that. */
  readonly meanLength: number;
  /** Floating-point operations a second in matrix products, of all workers together. */
  readonly speed: number;
  /** Layers that may be frozen, by what the head sees. */
  readonly mostFrozen: number;
  /** Seconds that the whole run may take. */
  readonly budget: number;
}

/** What was chosen, and how long each part will take, about. */
export interface TuningPlan {
  /** undefined: the head alone. */
  readonly settings: TuningSettings | undefined;
  /** Why the head alone learns. */
  readonly reason?: 'few rows' | 'short budget' | undefined;
  /** Most tokens of a text. */
  readonly maxLength: number;
  readonly seconds: {
    /** Running every text through the encoder, once. */
    readonly encoding: number;
    readonly tuning: number;
  };
  /** Whether it only holds if the machine is faster than it seemed. */
  readonly isHopeful?: true | undefined;
  /** Seconds of a step, once some have been timed: the plan is final then. */
  readonly stepSeconds?: number | undefined;
}

/** Share of the speed of bare products that encoding reaches, and that training steps reach, by measurement. */
const ENCODING_EFFICIENCY = 0.85;
const TRAINING_EFFICIENCY = 0.6;

/** Seconds for what does not grow with the encoder: reading, the head, the baseline, writing, and some of each for 10,000 rows. */
const FIXED_SECONDS = 15;
const SECONDS_PER_10_000_ROWS = 6;

/** Fewer epochs than these teach an encoder little; more than these teach it nothing new. */
const LEAST_EPOCHS = 0.3;
export const MOST_EPOCHS = 4;

/** Epochs from which on it is worth training more layers, or longer texts, instead. */
const PLENTY = 3;

/**
 * Measured in a moment, a speed may be this many times too low. The head alone is planned where even that much more
 * would leave no time: whether steps really fit is found out by trying some, after the encoding.
 */
const DOUBT = 3;

/** Fewer rows than these say too little of which weights are better: the validation rows are a tenth of them. */
const LEAST_ROWS = 200;

/** Rows below which smaller batches are taken, so that there are steps enough. */
const FEW_ROWS = 1000;
const SMALL_BATCH = 16;

/**
 * Plans a run. The upper half of the layers learns if that leaves at least a third of an epoch, every layer
 * if even that leaves several epochs, else fewer layers, else the head alone.
 */
export function planTuning(facts: PlanFacts): TuningPlan {
  if (facts.train < LEAST_ROWS) return planHead(facts, 'few rows');
  const plan = planAtSpeed(facts);
  if (plan !== undefined) return plan;
  const hoped = planAtSpeed({ ...facts, speed: DOUBT * facts.speed });
  return hoped === undefined ? planHead(facts, 'short budget') : { ...hoped, isHopeful: true };
}

function planHead(facts: PlanFacts, reason: 'few rows' | 'short budget'): TuningPlan {
  const { maxLength } = facts;
  const seconds = { encoding: encodingSeconds(facts), tuning: 0 };
  return { settings: undefined, maxLength, reason, seconds };
}

function encodingSeconds(facts: PlanFacts): number {
  const operations = facts.rows * facts.meanLength * facts.config.layers * passOperations(facts);
  return operations / facts.speed / ENCODING_EFFICIENCY;
}

/** The plan where a machine is that fast; undefined where there is no time for any. */
function planAtSpeed(facts: PlanFacts): TuningPlan | undefined {
  const { config, rows } = facts;
  const layerPass = passOperations(facts) / facts.speed;
  const encoding = encodingSeconds(facts);
  const fixed = FIXED_SECONDS + (SECONDS_PER_10_000_ROWS * rows) / 10_000;
  const half = Math.max(1, Math.round(config.layers / 2));
  const least = Math.max(1, config.layers - facts.mostFrozen);
  const modes: TuningMode[] = [{ kind: 'full' }];
  for (let layers = Math.max(half, least); layers >= least; layers -= 1) {
    modes.push({ kind: 'top', layers });
  }
  for (const mode of modes) {
    const plan = planMode(facts, mode, { encoding, fixed, layerPass });
    const least = mode.kind === 'full' ? PLENTY : LEAST_EPOCHS;
    if (plan.settings !== undefined && plan.settings.epochs >= least) return plan;
  }
  return undefined;
}

/**
 * Plans a run whose texts may be cut at several lengths: at the first one, unless that leaves less than half an
 * epoch and a shorter one gives more; at longer ones where even those leave several epochs.
 *
 * @param facts all but the length
 * @param lengths tokens of some texts, uncut
 * @param choices maximal lengths: the usual one, then shorter and longer ones in any order
 */
export function planWithLength(
  facts: Omit<PlanFacts, 'meanLength' | 'maxLength'>,
  lengths: readonly number[],
  choices: readonly [number, ...number[]],
): TuningPlan {
  const planAt = (maxLength: number): TuningPlan => {
    const sum = lengths.reduce((total, length) => total + Math.min(length, maxLength), 0);
    return planTuning({ ...facts, maxLength, meanLength: sum / lengths.length });
  };
  const [usual, ...others] = choices;
  const epochsOf = ({ settings }: TuningPlan): number => settings?.epochs ?? 0;
  let plan = planAt(usual);
  for (const maxLength of others.toSorted((left, right) => left - right)) {
    const other = planAt(maxLength);
    const isWorthIt =
      maxLength < usual
        ? epochsOf(plan) < 0.5 && epochsOf(other) >= 0.5 && plan.maxLength === usual
        : epochsOf(other) >= PLENTY;
    if (isWorthIt) plan = other;
  }
  return plan;
}

function planMode(
  { config, train, meanLength, maxLength, budget }: PlanFacts,
  mode: TuningMode,
  { encoding, fixed, layerPass }: { encoding: number; fixed: number; layerPass: number },
): TuningPlan {
  const learning = mode.kind === 'top' ? mode.layers : config.layers;
  // Forward once, backward twice; the validation rows are scored twice an epoch.
  const epoch = (train * meanLength * learning * layerPass * 3.2) / TRAINING_EFFICIENCY;
  const left = budget - fixed - encoding;
  const epochs = Math.min(MOST_EPOCHS, Math.floor((10 * left) / epoch) / 10);
  const defaults = defaultTuningSettings(mode);
  const batchSize =
    train < FEW_ROWS ? Math.min(SMALL_BATCH, defaults.batchSize) : defaults.batchSize;
  const settings = { ...defaults, batchSize, epochs };
  return { settings, maxLength, seconds: { encoding, tuning: epochs * epoch } };
}

/** Operations of one token in one layer: the four products of attention, the two of the feed-forward block, and attention itself. */
function passOperations({ config, meanLength }: Pick<PlanFacts, 'config' | 'meanLength'>): number {
  const { hiddenSize: hidden, intermediateSize: inner } = config;
  return 2 * (4 * hidden * hidden + 2 * hidden * inner) + 4 * hidden * meanLength;
}

/** Rows, inputs and outputs of the product that speed is measured on: about a batch through a layer. */
const PROBE = { rows: 512, inputs: 384, outputs: 1536 } as const;

/** How often speed is measured, and for how many milliseconds each time. */
const PROBES = 5;
const PROBE_TIME = 100;

/** Measures `PlanFacts.speed`: matrix products in as many workers as encoding has. */
export async function measureSpeed(workers?: number): Promise<number> {
  const { rows, inputs, outputs } = PROBE;
  const graph = new GraphBuilder();
  const left = graph.input('left', 'float32', [rows, inputs]);
  const weight = graph.initializer('weight', matrix(inputs, outputs));
  graph.output('product', matMul(left, weight));
  const pool = await WorkerPool.open(modelToChunks(graph), { workers });
  try {
    const feeds = { left: matrix(rows, inputs) };
    const run = (): Promise<unknown> => pool.run(feeds);
    await Promise.all(Array.from({ length: 2 * pool.workers }, run));
    const speeds: number[] = [];
    for (let probe = 0; probe < PROBES; probe += 1) {
      const runs = await runsASecond(run, 2 * pool.workers);
      speeds.push(2 * rows * inputs * outputs * runs);
    }
    // What else the machine does in a moment says nothing of the minutes to come.
    return Math.max(...speeds);
  } finally {
    await pool.close();
  }
}

/** How often something runs, so many at a time. */
async function runsASecond(run: () => Promise<unknown>, atATime: number): Promise<number> {
  let runs = 0;
  const start = performance.now();
  const work = async (): Promise<void> => {
    while (performance.now() < start + PROBE_TIME) {
      await run();
      runs += 1;
    }
  };
  await Promise.all(Array.from({ length: atATime }, work));
  return (1000 * runs) / (performance.now() - start);
}

function matrix(rows: number, columns: number): Tensor<'float32'> {
  const data = Float32Array.from({ length: rows * columns }, (_, at) => Math.sin(at));
  return { type: 'float32', shape: [rows, columns], data };
}
