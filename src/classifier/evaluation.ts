// Measures a classifier and its baseline on the rows of a table.
import { join } from 'node:path';
import { type LabelledTable, readLabelledTable } from '../data/index.js';
import { loadLinearBaseline } from '../linear/index.js';
import { evaluate, type EvaluationReport, type ScoreMatrix } from '../metrics/index.js';
import type { EvaluateOptions, Evaluation, EvaluationProgress } from './classifier-options.js';
import { fileNames } from './model-record.js';
import type { TextScorer } from './text-scorer.js';
import type { TrainedFolder } from './trained-folder.js';

/** For intervals, unless told otherwise. */
const defaultBootstrap = { resamples: 1000, seed: 1 };

/** Scores of texts, and how many of them were too long. */
export interface ScoredTexts extends ScoreMatrix {
  readonly values: Float32Array;
  /** Texts that were longer than the maximal length. */
  readonly truncated: number;
}

/** Scores of all texts as one matrix [texts, labels]. */
export async function scoreMatrix(
  scorer: TextScorer,
  texts: readonly string[],
  labels: number,
  options: Parameters<TextScorer['scoreStream']>[1],
): Promise<ScoredTexts> {
  const values = new Float32Array(texts.length * labels);
  let row = 0;
  let truncatedTexts = 0;
  for await (const { scores, truncated } of scorer.scoreStream(texts, options)) {
    values.set(scores, row * labels);
    if (truncated > 0) truncatedTexts++;
    row++;
  }
  return { rows: texts.length, columns: labels, values, truncated: truncatedTexts };
}

/**
 * Evaluates on a table with the model's labels.
 *
 * @throws PolytagError as `readLabelledTable`, `loadLinearBaseline` and `WorkerPool.run`; the signal's
 *   reason
 */
export async function evaluateOnTable(
  { folder, record }: TrainedFolder,
  scorer: TextScorer,
  path: string,
  { text, bootstrap = defaultBootstrap, signal, onProgress }: EvaluateOptions,
): Promise<Evaluation> {
  const report = (phase: EvaluationProgress['phase'], done: number, total: number): void => {
    onProgress?.({ phase, done, total });
  };
  report('reading', 0, 1);
  const table = await readLabelledTable(path, {
    text,
    textColumnHint: record.rows.textColumn,
    expectedLabels: record.labels,
    signal,
  });
  report('reading', 1, 1);
  const { texts, textColumn, file, warnings } = table;
  const scores = await scoreMatrix(scorer, texts, record.labels.length, {
    signal,
    onProgress: (done) => {
      report('scoring', done, texts.length);
    },
  });
  const measure = (measured: ScoreMatrix, thresholds: readonly { threshold: number }[]) =>
    measureScores(table, measured, thresholds, { bootstrap, signal, onProgress });
  const model = await measure(scores, record.thresholds);
  let baseline: EvaluationReport | undefined;
  if (record.baseline !== null) {
    report('baseline', 0, texts.length);
    const linear = await loadLinearBaseline(join(folder, fileNames.baseline));
    const linearScores = await linear.score(texts, { signal });
    report('baseline', texts.length, texts.length);
    baseline = await measure(linearScores, record.baseline.thresholds);
  }
  const rows = { file, textColumn, rows: texts.length, truncated: scores.truncated, warnings };
  return { model, baseline, rows };
}

function measureScores(
  { labels, labelNames }: LabelledTable,
  scores: ScoreMatrix,
  thresholds: readonly { readonly threshold: number }[],
  { bootstrap, signal, onProgress }: Pick<EvaluateOptions, 'bootstrap' | 'signal' | 'onProgress'>,
): Promise<EvaluationReport> {
  return evaluate({
    labels,
    scores,
    labelNames,
    thresholds: thresholds.map(({ threshold }) => threshold),
    ...(bootstrap && {
      bootstrap: {
        ...bootstrap,
        signal,
        onProgress: (done, total) => onProgress?.({ phase: 'measuring', done, total }),
      },
    }),
  });
}
