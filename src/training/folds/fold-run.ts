// Cross-validation: a model and a baseline a fold, each kept when it is done, and what all rows' scores come to.
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Tensor } from '../../graph/index.js';
import { chooseThresholds, type LabelMatrix, type ScoreMatrix } from '../../metrics/index.js';
import { obtainBaseline } from '../baseline.js';
import { type Fingerprint, loadCheckpoint, saveCheckpoint } from '../checkpoint.js';
import type { EncodedTable } from '../encoded-rows.js';
import { fingerprintOf, fitModel, type FitSplit, type ModelSettings } from '../model-fit.js';
import type { SplitTable } from '../table-split.js';
import { gatherLabels } from '../training-labels.js';
import type { TrainingRequest } from '../training-outcome.js';
import { describeReading } from '../tuning/table-states.js';
import { scoresOf } from '../validation-figures.js';
import { blendFolds } from './fold-blend.js';
import { measureFolds } from './fold-figures.js';
import { type FoldPlan, planFolds } from './fold-split.js';
import type { FoldedScores, FoldsOutcome } from './folds-outcome.js';

/** The settings that are cross-validated. */
export interface FoldedSettings extends ModelSettings {
  readonly count: number;
  readonly share: number;
}

/**
 * Cross-validates. Every finished fold is kept in the work folder, and not done again when a run resumes.
 *
 * @throws PolytagError TOO_FEW_ROWS and those of `fitModel`; the signal's reason
 */
export async function crossValidate(
  request: TrainingRequest,
  table: SplitTable,
  encoded: EncodedTable,
  settings: FoldedSettings,
): Promise<FoldsOutcome> {
  const { count, share, head } = settings;
  const plan = planFolds(table, request.table, { count, share, seed: head.seed });
  for (const warning of plan.warnings) request.onWarning?.(warning);
  const results: FoldResult[] = [];
  for (const [fold, split] of plan.splits.entries()) {
    request.onProgress?.({ phase: 'folds', done: fold, total: count });
    request.signal?.throwIfAborted();
    results.push(await obtainFold(request, split, encoded, settings, fold));
  }
  request.onProgress?.({ phase: 'folds', done: count, total: count });
  const { signal } = request;
  const gather = (part: (result: FoldResult) => FoldPart): Promise<FoldedScores> =>
    gatherFolds(table, plan, results.map(part), signal);
  const hasBaseline = results.every(({ baseline }) => baseline !== undefined);
  const model = await gather((result) => result.model);
  const blended = request.blend === true ? await blendResults(table, plan, results) : undefined;
  return {
    count,
    share,
    foldOfRow: plan.foldOfRow,
    identifiers: table.identifiers,
    labels: ownLabels(table),
    leftOut: table.labelNames.filter((_, column) => !plan.isComplete[column]),
    model: blended === undefined ? model : await gatherFolds(table, plan, blended, signal),
    alone: blended && model,
    baseline: hasBaseline ? await gather((result) => result.baseline ?? result.model) : undefined,
  };
}

/** What one model of a fold says of the rows that it did not see. */
interface FoldPart {
  /** Probabilities, [held, labels]. */
  readonly scores: Float32Array;
  /** One a label, chosen by the fold's validation rows. */
  readonly thresholds: readonly number[];
}

interface FoldResult {
  readonly model: FoldPart;
  readonly baseline: FoldPart | undefined;
}

/** What the folds say with their baselines' logits added; undefined where there is none, or nothing to fit that on. */
async function blendResults(
  { labels }: SplitTable,
  { splits }: FoldPlan,
  results: readonly FoldResult[],
): Promise<readonly FoldPart[] | undefined> {
  const folds = results.flatMap(({ model, baseline }, fold) =>
    baseline === undefined
      ? []
      : [
          {
            labels: gatherLabels(labels, splits[fold].held),
            model: model.scores,
            baseline: baseline.scores,
          },
        ],
  );
  return folds.length < results.length ? undefined : blendFolds(folds);
}

/** Takes a finished fold from the run's folder, or fits it and puts it there. */
async function obtainFold(
  request: TrainingRequest,
  split: FitSplit,
  encoded: EncodedTable,
  settings: FoldedSettings,
  fold: number,
): Promise<FoldResult> {
  const { workFolder, resume = false } = request;
  const path = join(workFolder, `fold-${fold + 1}.safetensors`);
  const fingerprint = describeFold(request, split, encoded, settings);
  const kept = resume ? await loadCheckpoint(path, fingerprint, isFoldRecord) : undefined;
  if (kept !== undefined) return readResult(kept.tensors, kept.record);
  const folder = join(workFolder, `fold-${fold + 1}`);
  await mkdir(folder, { recursive: true });
  const result = await fitFold(request, split, encoded, settings, folder);
  const tensors = new Map([['model', matrixOf(result.model, split)]]);
  if (result.baseline !== undefined) tensors.set('baseline', matrixOf(result.baseline, split));
  const record: FoldRecord = {
    thresholds: result.model.thresholds,
    baselineThresholds: result.baseline?.thresholds ?? null,
  };
  await saveCheckpoint(path, fingerprint, { tensors, record });
  // What it went through is not needed any more, and there may be gigabytes of it.
  await rm(folder, { recursive: true, force: true });
  return result;
}

async function fitFold(
  request: TrainingRequest,
  split: FitSplit,
  encoded: EncodedTable,
  { head, tuning }: FoldedSettings,
  workFolder: string,
): Promise<FoldResult> {
  const { resume = false, signal } = request;
  const fit = { head, tuning, workFolder, resume, keepFeatures: true };
  const { validationLogits, heldLogits } = await fitModel(request, split, encoded, fit);
  const truth = gatherLabels(split.labels, split.validation);
  const choose = (scores: ScoreMatrix): number[] =>
    chooseThresholds(truth, scores).map(({ threshold }) => threshold);
  const columns = split.labelNames.length;
  const model = {
    scores: scoresOf(heldLogits, columns).values,
    thresholds: choose(scoresOf(validationLogits, columns)),
  };
  if (request.baseline === false) return { model, baseline: undefined };
  const linear = await obtainBaseline({ ...request, workFolder }, split, head.seed);
  const score = (rows: Int32Array): Promise<ScoreMatrix> =>
    linear.score(
      Array.from(rows, (row) => split.texts[row]),
      { signal },
    );
  const { values } = await score(split.held);
  const thresholds = choose(await score(split.validation));
  return { model, baseline: { scores: Float32Array.from(values), thresholds } };
}

function describeFold(
  { baseline = true }: TrainingRequest,
  split: FitSplit,
  { made }: EncodedTable,
  { head, tuning }: FoldedSettings,
): Fingerprint {
  return {
    ...fingerprintOf(split, made.encoder.contentKey, head),
    tuning: JSON.stringify(tuning ?? null),
    ...describeReading(made),
    baseline: String(baseline),
  };
}

/** Puts the folds' scores in the order of the table, and measures them. */
async function gatherFolds(
  table: SplitTable,
  plan: FoldPlan,
  parts: readonly FoldPart[],
  signal: AbortSignal | undefined,
): Promise<FoldedScores> {
  const { labelNames } = table;
  const labels = ownLabels(table);
  const { columns } = labels;
  const values = new Float32Array(labels.values.length);
  plan.splits.forEach(({ held }, fold) => {
    held.forEach((row, place) => {
      const { scores } = parts[fold];
      values.set(scores.subarray(place * columns, (place + 1) * columns), row * columns);
    });
  });
  const scores = { rows: labels.rows, columns, values };
  const thresholds = chooseThresholds(labels, scores);
  const foldThresholds = parts.map((part) => part.thresholds);
  const scored = { plan, labels, labelNames, scores, foldThresholds, thresholds, signal };
  return { scores, thresholds, figures: await measureFolds(scored) };
}

function ownLabels({ labels, ownRows }: SplitTable): LabelMatrix {
  const { columns, values } = labels;
  return { rows: ownRows, columns, values: values.slice(0, ownRows * columns) };
}

function matrixOf({ scores }: FoldPart, { held, labelNames }: FitSplit): Tensor {
  return { type: 'float32', shape: [held.length, labelNames.length], data: scores };
}

interface FoldRecord {
  readonly thresholds: readonly number[];
  readonly baselineThresholds: readonly number[] | null;
}

function isFoldRecord(value: unknown): value is FoldRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { thresholds, baselineThresholds } = value as Partial<Record<keyof FoldRecord, unknown>>;
  const isList = (list: unknown): boolean =>
    Array.isArray(list) && list.every((item) => typeof item === 'number');
  return isList(thresholds) && (baselineThresholds === null || isList(baselineThresholds));
}

function readResult(
  tensors: ReadonlyMap<string, Tensor>,
  { thresholds, baselineThresholds }: FoldRecord,
): FoldResult {
  const read = (name: string): Float32Array => {
    const data = tensors.get(name)?.data;
    if (!(data instanceof Float32Array))
      throw new TypeError(`a fold without scores of the ${name}`);
    return data;
  };
  return {
    model: { scores: read('model'), thresholds },
    baseline:
      baselineThresholds === null
        ? undefined
        : { scores: read('baseline'), thresholds: baselineThresholds },
  };
}
