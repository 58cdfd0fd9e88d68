// Fine-tunes an encoder with its head: steps, validations, checkpoints, the best weights in the end.
import { namedHeadWeights } from '../../bert/index.js';
import { polytagError } from '../../errors/index.js';
import type { Tensor } from '../../graph/index.js';
import type { LearningFigures, ProgressListener } from '../progress.js';
import {
  bestMeasured,
  describeMeasured,
  measureSelection,
  type SelectionMetric,
} from '../selection-metric.js';
import { gatherLabels } from '../training-labels.js';
import type { TuningCheckpoints, TuningProgress, ValidationRecord } from './tuning-checkpoint.js';
import { type TuningTask } from './tuning-graphs.js';
import {
  countSteps,
  planSteps,
  rowsAnEpoch,
  type TuningStep,
  validationSteps,
} from './tuning-schedule.js';
import { type TuningData, TuningSession } from './tuning-session.js';

/** Rows that are learnt from, and rows that choose. */
export interface TunedTable extends TuningData {
  readonly validation: Int32Array;
  /** Rows that neither learn nor choose: scored at the end. */
  readonly held: Int32Array;
}

/** How {@link tuneEncoder} goes about it. */
export interface TuneOptions {
  readonly checkpoints: TuningCheckpoints;
  /** What validations are judged by. */
  readonly metric: SelectionMetric;
  /** Go on from the last checkpoint. */
  readonly resume: boolean;
  /** Milliseconds between two checkpoints at most, beside those at validations. */
  readonly checkpointEvery: number;
  /** Threads inside the session. */
  readonly threads: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ProgressListener | undefined;
}

/** What fine-tuning has come to. */
export interface TunedWeights {
  /** Everything that learnt, by name, of the best validation. */
  readonly weights: ReadonlyMap<string, Tensor>;
  readonly history: readonly ValidationRecord[];
  readonly best: ValidationRecord;
  /** Logits of the validation rows by these weights, [validation, labels]. */
  readonly validationLogits: Float32Array;
  /** The same of the rows held, [held, labels]. */
  readonly heldLogits: Float32Array;
}

/**
 * Trains to the last step, or until validation has not improved for `patience` times. The weights before the
 * first step are measured too: a run that makes nothing better gives them back.
 *
 * @throws PolytagError LOSS_NOT_FINITE, CHECKPOINT_FOREIGN, those of `StatefulSession` and of writing; the
 *   signal's reason, after a checkpoint of what has been done
 */
export async function tuneEncoder(
  task: TuningTask,
  table: TunedTable,
  options: TuneOptions,
): Promise<TunedWeights> {
  const gathers = needsGathering(task, table);
  const session = await TuningSession.open(task, table, { gathers, threads: options.threads });
  try {
    return await new TuningRun(task, table, session, options).train();
  } finally {
    await session.close();
  }
}

/** Whether any step is cut into several micro-batches. */
export function needsGathering({ settings }: TuningTask, { train, lengths }: TunedTable): boolean {
  const longest = train.reduce((most, row) => Math.max(most, lengths[row]), 1);
  return settings.batchSize * (longest + 7) > settings.tokenBudget;
}

/** Steps whose mean loss is told: one step's says little. */
const TOLD_STEPS = 50;

class TuningRun {
  /** Of an epoch. */
  readonly #rows: number;
  readonly #steps: number;
  readonly #validations: ReadonlySet<number>;
  readonly #weightNames: ReadonlySet<string>;
  #progress: TuningProgress = { step: 0, history: [], lossSum: 0 };
  #savedAt = performance.now();
  #recentLosses: number[] = [];
  #told: Pick<LearningFigures, 'learningRate' | 'tokens'> = { learningRate: null, tokens: 0 };

  constructor(
    private readonly task: TuningTask,
    private readonly table: TunedTable,
    private readonly session: TuningSession,
    private readonly options: TuneOptions,
  ) {
    const { settings, parameters, head } = task;
    this.#rows = rowsAnEpoch(table);
    this.#steps = countSteps(this.#rows, settings);
    this.#validations = new Set(validationSteps(this.#rows, settings));
    const headNames = namedHeadWeights(head).map(([name]) => name);
    this.#weightNames = new Set([...parameters.map(({ name }) => name), ...headNames]);
  }

  async train(): Promise<TunedWeights> {
    const { table, options, task } = this;
    await this.#restore();
    const plan = planSteps(table, task.settings, { seed: task.seed, done: this.#progress.step });
    for (const step of plan) {
      if (this.#isOver) break;
      await this.#stopIfAsked();
      const { loss } = await this.session.takeStep(step);
      if (!Number.isFinite(loss)) throw this.#diverged(step.step);
      const { history, lossSum } = this.#progress;
      this.#progress = { step: step.step, history, lossSum: lossSum + loss };
      this.#note(step, loss);
      this.#report();
      const isValidation = this.#validations.has(step.step);
      if (isValidation) await this.#validate();
      if (isValidation || performance.now() - this.#savedAt > options.checkpointEvery) {
        await this.#save();
      }
    }
    const weights = (await options.checkpoints.loadBest()) ?? new Map<string, Tensor>();
    await this.session.writeState(Object.fromEntries(weights));
    const validationLogits = await this.session.scoreRows(table.validation);
    const heldLogits = await this.session.scoreRows(table.held);
    const { history } = this.#progress;
    return { weights, history, best: bestMeasured(history), validationLogits, heldLogits };
  }

  /** Whether validation has not improved for as long as patience lasts. */
  get #isOver(): boolean {
    const { history } = this.#progress;
    if (history.length === 0) return false;
    return (
      history.length - 1 - history.indexOf(bestMeasured(history)) >= this.task.settings.patience
    );
  }

  async #restore(): Promise<void> {
    const { checkpoints, resume } = this.options;
    const saved = resume ? await checkpoints.load() : undefined;
    if (saved === undefined) {
      await this.#validate();
      await this.#save();
      return;
    }
    await this.session.writeState(Object.fromEntries(saved.state));
    this.#progress = saved.progress;
  }

  async #stopIfAsked(): Promise<void> {
    const { signal } = this.options;
    if (signal?.aborted !== true) return;
    await this.#save();
    signal.throwIfAborted();
  }

  /** Measures the current weights, and keeps them if none before were better. */
  async #validate(): Promise<void> {
    const { table, options } = this;
    const { step, history, lossSum } = this.#progress;
    const values = await this.session.scoreRows(table.validation);
    // A finite loss may have led to weights that are none.
    if (!values.every((logit) => Number.isFinite(logit))) throw this.#diverged(step);
    const scores = { rows: table.validation.length, columns: table.labels.columns, values };
    const labels = gatherLabels(table.labels, table.validation);
    const stepsSince = step - (history.at(-1)?.step ?? 0);
    const record: ValidationRecord = {
      step,
      epoch: step / Math.ceil(this.#rows / this.task.settings.batchSize),
      loss: stepsSince === 0 ? 0 : lossSum / stepsSince,
      ...measureSelection(options.metric, labels, scores),
    };
    this.#progress = { step, history: [...history, record], lossSum: 0 };
    if (bestMeasured(this.#progress.history) === record) {
      const state = Object.entries(await this.session.readState());
      const weights = new Map(state.filter(([name]) => this.#weightNames.has(name)));
      await options.checkpoints.saveBest(record, weights);
    }
    this.#report();
  }

  async #save(): Promise<void> {
    const state = new Map(Object.entries(await this.session.readState()));
    await this.options.checkpoints.save(this.#progress, state);
    this.#savedAt = performance.now();
  }

  /** Keeps in mind what is told of a step. */
  #note({ rate, microBatches }: TuningStep, loss: number): void {
    this.#recentLosses = [...this.#recentLosses, loss].slice(-TOLD_STEPS);
    const { lengths } = this.table;
    const tokens = microBatches.reduce(
      (sum, { rows }) => rows.reduce((total, row) => total + lengths[row], sum),
      this.#told.tokens,
    );
    this.#told = { learningRate: rate * this.task.settings.learningRate, tokens };
  }

  #report(): void {
    const { step, history } = this.#progress;
    const losses = this.#recentLosses;
    const measured = history.at(-1);
    const figures: LearningFigures = {
      ...this.#told,
      loss: losses.length === 0 ? null : losses.reduce((sum, loss) => sum + loss) / losses.length,
      validation: measured === undefined ? '' : describeMeasured(this.options.metric, measured),
    };
    this.options.onProgress?.({ phase: 'tuning', done: step, total: this.#steps, figures });
  }

  #diverged(step: number): Error {
    const { learningRate } = this.task.settings;
    const { history } = this.#progress;
    return polytagError('LOSS_NOT_FINITE', {
      step,
      learningRate,
      lastGood: history.at(-1)?.step ?? 0,
    });
  }
}
