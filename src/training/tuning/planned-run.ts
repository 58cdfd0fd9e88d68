// A run that plans itself: measures machine and texts, plans within the budget, times steps, and keeps the plan for a resumed run.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { resolveFeatures, WordPieceTokenizer } from '../../bert/index.js';
import { writeFileAtomically } from '../../data/index.js';
import { polytagError } from '../../errors/index.js';
import { defaultFeatures } from '../encoded-table.js';
import { readEncoderConfig } from '../encoder-config.js';
import type { SplitTable } from '../table-split.js';
import type { TrainingRequest } from '../training-outcome.js';
import { MOST_EPOCHS, measureSpeed, planWithLength, type TuningPlan } from './tuning-plan.js';
import { mostFrozen, type TuningSettings } from './tuning-settings.js';

/** Texts whose tokens are counted; spread over the table. */
const SAMPLE = 400;

/** Where texts may be cut if the request does not say: at the first, if time allows. */
const LENGTHS = [128, 64, 96, 256] as const;

/** A longer maximal length is considered where it spares this share of the texts from being cut. */
const WORTH_LENGTH = 0.05;

/** The name of the plan in a run's work folder. */
export const planFile = 'plan.json';

/** Of the time that is left for steps, what is planned for: a machine may slow down. */
const CAUTION = 0.85;

/** Seconds kept for choosing thresholds and writing the model, and for each megabyte of the encoder's weights. */
const SAVING_SECONDS = 8;
const SAVING_SECONDS_A_MEGABYTE = 0.15;

/** What timing some steps has shown. */
export interface MeasuredPace {
  readonly stepSeconds: number;
  readonly stepsAnEpoch: number;
  /** Of one measurement on the validation rows, with what it saves. */
  readonly validationSeconds: number;
  /** The encoder's weights. */
  readonly megabytes: number;
}

/** A plan, and what becomes of it when steps have been timed. */
export class PlannedRun {
  private constructor(
    private readonly request: TrainingRequest,
    /** The plan as it stands. */
    readonly plan: TuningPlan,
    private readonly path: string,
    /** When the budget is used up, by `performance.now()`. */
    private readonly end: number,
  ) {}

  /**
   * The plan of a run with a budget. Measured speeds differ from run to run and plans with them: what was planned
   * stands in the record, and a resumed run goes by the plan that it began with.
   *
   * @param start when the run began, by `performance.now()`
   * @throws PolytagError OPTION_INVALID; those of the encoder's files; the signal's reason
   */
  static async open(
    request: TrainingRequest,
    table: SplitTable,
    budget: number,
    start: number,
  ): Promise<PlannedRun> {
    if (!(budget > 0 && Number.isFinite(budget))) {
      const expected = 'a time above 0';
      throw polytagError('OPTION_INVALID', { option: 'budget', value: String(budget), expected });
    }
    const path = join(request.workFolder, planFile);
    const kept =
      request.resume === true && existsSync(path)
        ? (JSON.parse(await readFile(path, 'utf8')) as TuningPlan)
        : undefined;
    const plan = kept ?? (await makePlan(request, table, budget));
    if (kept === undefined) await writeFileAtomically(path, JSON.stringify(plan));
    request.onPlan?.(plan);
    return new PlannedRun(request, plan, path, start + 1000 * budget);
  }

  /**
   * The settings of which the steps end in time; undefined where there is no time for any. Settled once: a resumed
   * run does not time again.
   */
  async settle(
    settings: TuningSettings,
    measure: () => Promise<MeasuredPace>,
  ): Promise<TuningSettings | undefined> {
    if (this.plan.stepSeconds !== undefined) return settings;
    const pace = await measure();
    const epochs = this.#epochsLeft(pace, settings);
    const tuned = epochs > 0 ? { ...settings, epochs } : undefined;
    const { stepSeconds, stepsAnEpoch } = pace;
    const plan: TuningPlan = {
      ...this.plan,
      settings: tuned,
      reason: tuned === undefined ? 'short budget' : undefined,
      seconds: { encoding: 0, tuning: epochs * stepsAnEpoch * stepSeconds },
      stepSeconds,
    };
    await writeFileAtomically(this.path, JSON.stringify(plan));
    this.request.onPlan?.(plan);
    return tuned;
  }

  /** Epochs to the hundredth; 0 if not even one step a validation is left. */
  #epochsLeft(
    { stepSeconds, stepsAnEpoch, validationSeconds, megabytes }: MeasuredPace,
    { validationsPerEpoch }: TuningSettings,
  ): number {
    const saving = SAVING_SECONDS + SAVING_SECONDS_A_MEGABYTE * megabytes;
    // Before the first step and after the last it is measured too.
    const left = (this.end - performance.now()) / 1000 - saving - 2 * validationSeconds;
    const epoch = stepsAnEpoch * stepSeconds + validationsPerEpoch * validationSeconds;
    const epochs = Math.floor((100 * CAUTION * left) / epoch) / 100;
    return epochs * stepsAnEpoch < 1 ? 0 : Math.min(MOST_EPOCHS, epochs);
  }
}

async function makePlan(
  request: TrainingRequest,
  { texts, train }: SplitTable,
  budget: number,
): Promise<TuningPlan> {
  const { folder, config, maxLength } = await readEncoderConfig(request);
  const tokenizer = await WordPieceTokenizer.load(folder);
  const every = Math.max(1, Math.floor(texts.length / SAMPLE));
  const sample = texts.filter((_, row) => row % every === 0);
  const most = { maxLength: config.positions };
  const lengths = sample.map((text) => tokenizer.encode(text, most).ids.length);
  const speed = await measureSpeed(request.workers);
  const features = resolveFeatures(config, request.features ?? defaultFeatures);
  const facts = {
    ...{ config, train: train.length, rows: texts.length, speed, budget },
    mostFrozen: mostFrozen(features),
  };
  const choices = chooseLengths(lengths, maxLength, config.positions);
  return planWithLength(facts, lengths, request.maxLength === undefined ? choices : [maxLength]);
}

/** Maximal lengths worth a plan: none that hardly any text reaches. */
function chooseLengths(
  lengths: readonly number[],
  usual: number,
  positions: number,
): [number, ...number[]] {
  const shareAbove = (tokens: number): number =>
    lengths.filter((length) => length > tokens).length / lengths.length;
  const others = LENGTHS.filter((length) => length !== usual && length <= positions);
  return [usual, ...others.filter((length) => length < usual || shareAbove(usual) >= WORTH_LENGTH)];
}
