// The thread that holds the state of fine-tuning: takes steps, scores rows, hands the state out and takes it back.
import type { Tensor } from '../../graph/index.js';
import type { LabelMatrix } from '../../metrics/index.js';
import { StatefulSession } from '../../runtime/index.js';
import { buildTuningModels, tuningNames, type TuningTask } from './tuning-graphs.js';
import type { SoftTargets } from '../distillation/soft-targets.js';
import type { RowInputs } from './tuning-inputs.js';
import {
  type MicroBatch,
  splitBatch,
  type TuningRows,
  type TuningStep,
} from './tuning-schedule.js';

type NamedTensors = Readonly<Record<string, Tensor>>;

/** What a step came to. */
export interface StepResult {
  /** Mean loss over the known cells of the step's rows, dropout included. */
  readonly loss: number;
  /** Euclidean norm of the gradients before clipping. */
  readonly norm: number;
}

/** What steps learn from. */
export interface TuningData extends TuningRows {
  readonly labels: LabelMatrix;
  /** What is learnt from instead of the labels, which then only judge. */
  readonly soft?: SoftTargets | undefined;
  readonly inputs: RowInputs;
}

/** Dropout draws by step and micro-batch; more micro-batches than this a step would draw alike. */
const MICRO_BATCHES = 2 ** 16;

/** Tokens that are scored at once. */
const SCORING_TOKENS = 2048;

/** Scoring runs that are sent at a time. */
const SCORING_GROUP = 16;

/** A session in training; to be closed. */
export class TuningSession {
  private constructor(
    private readonly session: StatefulSession,
    private readonly data: TuningData,
    private readonly columns: number,
  ) {}

  /**
   * @param gathers whether any step has several micro-batches
   * @param threads inside the session
   */
  static async open(
    task: TuningTask,
    data: TuningData,
    { gathers, threads }: { readonly gathers: boolean; readonly threads: number },
  ): Promise<TuningSession> {
    const { step, gather, apply, score, state } = buildTuningModels(task, gathers);
    const session = await StatefulSession.open(step, {
      state,
      programs: gathers ? { score, gather, apply } : { score },
      threads,
      // Lengths vary: a plan for each would be kept.
      memoryPatterns: false,
    });
    return new TuningSession(session, data, task.baseRates.length);
  }

  /** Takes one step. A step that is given up has changed nothing but gradients gathered. */
  async takeStep({ step, rate, microBatches }: TuningStep): Promise<StepResult> {
    const pace = { [tuningNames.rate]: scalar(rate), [tuningNames.step]: integer(step) };
    const cells = this.#countCells(microBatches);
    const draw = (part: number): NamedTensors => ({
      [tuningNames.cells]: scalar(Math.max(1, cells)),
      [tuningNames.draw]: integer(step * MICRO_BATCHES + part),
    });
    if (microBatches.length === 1) {
      const feeds = { ...(await this.#read(microBatches[0])), ...draw(0), ...pace };
      const outputs = await this.session.run(feeds);
      return { loss: numberIn(outputs, 'loss'), norm: numberIn(outputs, 'norm') };
    }
    let loss = 0;
    for (const [part, batch] of microBatches.entries()) {
      const feeds = { ...(await this.#read(batch)), ...draw(part) };
      loss += numberIn(await this.session.run(feeds, { program: 'gather' }), 'loss');
    }
    const outputs = await this.session.run(pace, { program: 'apply' });
    return { loss, norm: numberIn(outputs, 'norm') };
  }

  /**
   * Logits of rows by the current weights, of long ones by all their windows where there are such.
   * @returns [rows, labels], row-major, in the order of `rows`
   */
  async scoreRows(
    rows: Int32Array,
    onProgress?: (done: number) => void,
    signal?: AbortSignal,
  ): Promise<Float32Array> {
    const { windows } = this.data;
    const all = windows?.spread(rows) ?? { rows, pieces: rows };
    const places = new Map(Array.from(all.pieces, (piece, place) => [piece, place]));
    const logits = new Float32Array(all.pieces.length * this.columns);
    const batches = splitBatch(all, this.data, SCORING_TOKENS);
    let done = 0;
    for (let start = 0; start < batches.length; start += SCORING_GROUP) {
      signal?.throwIfAborted();
      const group = batches.slice(start, start + SCORING_GROUP);
      const feeds = await Promise.all(group.map((batch) => this.data.inputs.read(batch)));
      const outputs = await this.session.runMany(feeds, { program: 'score' });
      outputs.forEach((output, at) => {
        const { data } = output[tuningNames.logits];
        if (!(data instanceof Float32Array)) throw new TypeError('logits are float32');
        group[at].pieces.forEach((piece, place) => {
          const values = data.subarray(place * this.columns, (place + 1) * this.columns);
          logits.set(values, (places.get(piece) ?? 0) * this.columns);
        });
        done += group[at].pieces.length;
      });
      onProgress?.(done);
    }
    return windows?.combine(rows, logits, this.columns) ?? logits;
  }

  /** Weights, moments and gathered gradients. */
  readState(): Promise<NamedTensors> {
    return this.session.readState();
  }

  /** Puts back what {@link readState} gave. */
  writeState(state: NamedTensors): Promise<void> {
    return this.session.writeState(state);
  }

  /** Ends the thread. */
  close(): Promise<void> {
    return this.session.close();
  }

  async #read(batch: MicroBatch): Promise<NamedTensors> {
    const { labels, soft, inputs, draws } = this.data;
    const shape = [batch.rows.length, this.columns];
    const targets = new Float32Array(shape[0] * shape[1]);
    const known = new Float32Array(targets.length);
    batch.rows.forEach((row, place) => {
      // A row that counts for others too is known so many times over.
      const weight = draws?.weightOf(row) ?? 1;
      for (let column = 0; column < this.columns; column += 1) {
        const cell = row * this.columns + column;
        const at = place * this.columns + column;
        targets[at] = soft === undefined ? Number(labels.values[cell] === 1) : soft.values[cell];
        known[at] = soft !== undefined || labels.values[cell] >= 0 ? weight : 0;
      }
    });
    return {
      ...(await inputs.read(batch)),
      [tuningNames.targets]: { type: 'float32', shape, data: targets },
      [tuningNames.known]: { type: 'float32', shape, data: known },
    };
  }

  #countCells(batches: readonly MicroBatch[]): number {
    const { labels, soft } = this.data;
    let known = 0;
    for (const { rows } of batches) {
      for (const row of rows) {
        for (let at = row * this.columns; at < (row + 1) * this.columns; at += 1) {
          if (soft !== undefined || labels.values[at] >= 0) known += 1;
        }
      }
    }
    return known;
  }
}

function scalar(value: number): Tensor {
  return { type: 'float32', shape: [], data: Float32Array.of(value) };
}

function integer(value: number): Tensor {
  return { type: 'int64', shape: [], data: BigInt64Array.of(BigInt(value)) };
}

function numberIn(outputs: NamedTensors, name: string): number {
  return Number(outputs[name].data[0]);
}
