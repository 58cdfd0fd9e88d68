// Which rows make which step, and how fast each step learns: pure functions of the settings, the lengths and the seed.
import { RandomSource } from '../../data/index.js';
import type { NegativeDraws } from './negative-draws.js';
import type { PiecesOfRows, RowWindows } from './row-windows.js';
import type { TuningSettings } from './tuning-settings.js';

/** Batches whose rows are sorted by length together: long and short rows end in different batches. */
const BATCHES_PER_POOL = 50;

/** Sequences are padded to multiples of this, so that few shapes occur. */
const LENGTH_STEP = 8;

/** Pieces of rows that go through the encoder at once, and how long they are padded. */
export interface MicroBatch extends PiecesOfRows {
  /** Tokens of each piece, padding included. */
  readonly length: number;
}

/** The rows of a table that can be learnt from. */
export interface TuningRows {
  readonly train: Int32Array;
  /** Which of them each epoch takes; default: all, and all count alike. */
  readonly draws?: NegativeDraws | undefined;
  /** Tokens of each row of the table; of the longest piece, if it has several. */
  readonly lengths: Int32Array;
  /** How long rows are read by windows; default: each row is its own only piece. */
  readonly windows?: RowWindows | undefined;
  /** Positions of the encoder: nothing is padded beyond. */
  readonly positions: number;
}

/** What one step of the optimizer learns from. */
export interface TuningStep {
  /** From 1, over the whole run. */
  readonly step: number;
  /** What the peak learning rates are multiplied by. */
  readonly rate: number;
  readonly microBatches: readonly MicroBatch[];
}

/** Rows that each epoch learns from. */
export function rowsAnEpoch({ train, draws }: Pick<TuningRows, 'train' | 'draws'>): number {
  return draws?.rowsAnEpoch ?? train.length;
}

/** Steps of the whole run. @param rows of an epoch */
export function countSteps(rows: number, { batchSize, epochs }: TuningSettings): number {
  return Math.max(1, Math.round(Math.ceil(rows / batchSize) * epochs));
}

/** The steps of the run after which it is measured, and saved: evenly spread, the last one among them. */
export function validationSteps(rows: number, settings: TuningSettings): number[] {
  const steps = countSteps(rows, settings);
  const times = Math.max(1, Math.round(settings.epochs * settings.validationsPerEpoch));
  const marks = Array.from({ length: times }, (_, at) => Math.round(((at + 1) * steps) / times));
  return [...new Set(marks)].filter((mark) => mark > 0);
}

/**
 * All steps of a run after the first `done`. Rows are shuffled by (seed, epoch), pools of them sorted by
 * length and cut into batches, and the batches of an epoch shuffled again. Of a row with windows one is taken at
 * random, by (seed, epoch, row).
 */
export function* planSteps(
  table: TuningRows,
  settings: TuningSettings,
  { seed, done = 0 }: { readonly seed: number; readonly done?: number },
): Generator<TuningStep, void, undefined> {
  const rows = rowsAnEpoch(table);
  const steps = countSteps(rows, settings);
  const perEpoch = Math.ceil(rows / settings.batchSize);
  for (let epoch = Math.floor(done / perEpoch); epoch * perEpoch < steps; epoch += 1) {
    const batches = planEpoch(table, settings.batchSize, seed * 2 ** 20 + epoch + 1);
    for (let at = 0; at < perEpoch; at += 1) {
      const step = epoch * perEpoch + at + 1;
      if (step > steps) return;
      if (step <= done) continue;
      const drawn = { rows: batches[at], pieces: batches[at] };
      if (table.windows !== undefined) drawn.pieces = table.windows.draw(drawn.rows, seed, epoch);
      const microBatches = splitBatch(drawn, table, settings.tokenBudget);
      yield { step, rate: rateAt(step, steps, settings), microBatches };
    }
  }
}

/** The share of the peak rate at a step: a linear rise, then the schedule's fall, which would reach 0 one step after the last. */
export function rateAt(step: number, steps: number, { warmup, schedule }: TuningSettings): number {
  const rising = warmup * steps;
  if (step <= rising) return step / rising;
  const share = (step - 1 - rising) / Math.max(1, steps - rising);
  switch (schedule) {
    case 'linear':
      return 1 - Math.max(0, share);
    case 'cosine':
      return (1 + Math.cos(Math.PI * Math.max(0, share))) / 2;
    case 'constant':
      return 1;
  }
}

/** Cuts pieces of rows into groups of like length that hold a number of tokens at most, longest first. */
export function splitBatch(
  { rows, pieces }: PiecesOfRows,
  { lengths, positions }: Pick<TuningRows, 'lengths' | 'positions'>,
  tokenBudget: number,
): MicroBatch[] {
  const sorted = Int32Array.from(rows.keys()).sort(
    (left, right) =>
      lengths[rows[right]] - lengths[rows[left]] ||
      rows[left] - rows[right] ||
      pieces[left] - pieces[right],
  );
  const parts: MicroBatch[] = [];
  for (let start = 0; start < sorted.length; ) {
    const length = Math.min(positions, roundLength(lengths[rows[sorted[start]]]));
    const count = Math.max(1, Math.floor(tokenBudget / length));
    const places = sorted.subarray(start, start + count);
    parts.push({
      rows: places.map((place) => rows[place]),
      pieces: places.map((place) => pieces[place]),
      length,
    });
    start += count;
  }
  return parts;
}

function roundLength(length: number): number {
  return Math.max(1, Math.ceil(length / LENGTH_STEP)) * LENGTH_STEP;
}

function planEpoch(
  { train, draws, lengths }: TuningRows,
  batchSize: number,
  seed: number,
): Int32Array[] {
  const random = new RandomSource(seed);
  const all = random.shuffle(train.slice());
  const order = draws === undefined ? all : draws.draw(all, random);
  const pool = batchSize * BATCHES_PER_POOL;
  for (let start = 0; start < order.length; start += pool) {
    const part = order.slice(start, start + pool);
    // Rows of one length stay in the order that they were shuffled into: they shall meet others each epoch.
    const places = Int32Array.from(part.keys()).sort(
      (left, right) => lengths[part[left]] - lengths[part[right]] || left - right,
    );
    order.set(
      places.map((place) => part[place]),
      start,
    );
  }
  const batches = Array.from({ length: Math.ceil(order.length / batchSize) }, (_, at) =>
    order.slice(at * batchSize, (at + 1) * batchSize),
  );
  const places = random.shuffle(Int32Array.from(batches.keys()));
  return Array.from(places, (place) => batches[place]);
}
