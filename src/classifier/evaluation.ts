// Measures a classifier and its baseline on the rows of a table.
import { join } from 'node:path';
import { readLabelledTable } from '../data/index.js';
import { loadLinearBaseline } from '../linear/index.js';
import {
  evaluate,
  type EvaluationReport,
  type LabelMatrix,
  type ScoreMatrix,
} from '../metrics/index.js';
import type {
  EvaluatedRows,
  EvaluateOptions,
  Evaluation,
  LabelledTexts,
} from './classifier-options.js';
import type { ScoreOptions } from './logit-source.js';
import { fileNames, type ModelRecord } from './model-record.js';
import type { Scorer } from './scorer.js';
import type { TrainedFolder } from './trained-folder.js';

/** For intervals, unless told otherwise. */
const defaultBootstrap = { resamples: 1000, seed: 1 };

/** Scores of texts, and how many of them were too long. */
export interface ScoredTexts extends ScoreMatrix {
  readonly values: Float32Array;
  /** Texts that were longer than the maximal length, or than windows cover, and cut; null: a service did not say. */
  readonly truncated: number | null;
  /** Texts that were longer than the maximal length and scored by windows. */
  readonly windowed: number;
}

/** Scores of all texts as one matrix [texts, labels]. */
export async function scoreMatrix(
  scorer: Scorer,
  texts: readonly string[],
  labels: number,
  options: ScoreOptions,
): Promise<ScoredTexts> {
  const values = new Float32Array(texts.length * labels);
  let row = 0;
  let truncatedTexts: number | null = 0;
  let windowed = 0;
  for await (const { scores, truncated, windows } of scorer.scoreStream(texts, options)) {
    values.set(scores, row * labels);
    if (truncated === null) truncatedTexts = null;
    else if (truncated > 0 && truncatedTexts !== null) truncatedTexts++;
    if (windows > 1) windowed++;
    row++;
  }
  return { rows: texts.length, columns: labels, values, truncated: truncatedTexts, windowed };
}

/**
 * Evaluates on a table with the model's labels.
 *
 * @throws PolytagError as `readLabelledTable`, `loadLinearBaseline` and `WorkerPool.run`; the signal's
 *   reason
 */
export async function evaluateOnTable(
  { folder, record }: TrainedFolder,
  scorer: Scorer,
  thresholds: readonly number[],
  table: string | LabelledTexts,
  options: EvaluateOptions,
): Promise<Evaluation> {
  const { signal, onProgress } = options;
  const { texts, labels, ...description } = await readRows(record, table, options);
  const total = texts.length;
  const measure = (measured: ScoreMatrix, at: readonly number[]) =>
    measureScores(record.labels, labels, measured, at, options);
  onProgress?.({ phase: 'scoring', done: 0, total });
  const scores = await scoreMatrix(scorer, texts, record.labels.length, {
    signal,
    onProgress: (done) => onProgress?.({ phase: 'scoring', done, total }),
  });
  const model = await measure(scores, thresholds);
  let baseline: EvaluationReport | undefined;
  if (record.baseline !== null) {
    onProgress?.({ phase: 'baseline', done: 0, total });
    const linear = await loadLinearBaseline(join(folder, fileNames.baseline));
    const linearScores = await linear.score(texts, { signal });
    onProgress?.({ phase: 'baseline', done: total, total });
    const chosen = record.baseline.thresholds.map(({ threshold }) => threshold);
    baseline = await measure(linearScores, chosen);
  }
  const { truncated, windowed } = scores;
  return { model, baseline, rows: { ...description, rows: total, truncated, windowed } };
}

type Rows = LabelledTexts & Pick<EvaluatedRows, 'file' | 'textColumn' | 'warnings'>;

async function readRows(
  record: ModelRecord,
  table: string | LabelledTexts,
  { text, signal, onProgress }: EvaluateOptions,
): Promise<Rows> {
  const { textColumn: textColumnHint } = record.rows;
  if (typeof table !== 'string') {
    const { texts, labels } = table;
    return { texts, labels, file: 'rows in memory', textColumn: textColumnHint, warnings: [] };
  }
  onProgress?.({ phase: 'reading', done: 0, total: 1 });
  const options = { text, textColumnHint, expectedLabels: record.labels, signal };
  const { texts, labels, file, textColumn, warnings } = await readLabelledTable(table, options);
  onProgress?.({ phase: 'reading', done: 1, total: 1 });
  return { texts, labels, file, textColumn, warnings };
}

function measureScores(
  labelNames: readonly string[],
  labels: LabelMatrix,
  scores: ScoreMatrix,
  thresholds: readonly number[],
  { bootstrap = defaultBootstrap, signal, onProgress }: EvaluateOptions,
): Promise<EvaluationReport> {
  return evaluate({
    labels,
    scores,
    labelNames,
    thresholds,
    ...(bootstrap && {
      bootstrap: {
        ...bootstrap,
        signal,
        onProgress: (done, total) => onProgress?.({ phase: 'measuring', done, total }),
      },
    }),
  });
}
