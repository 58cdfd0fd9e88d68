// Chooses thresholds of a trained model, on a table's rows or on the scores that its folder keeps.
import { readLabelledTable, streamTexts, type StreamTextsOptions } from '../data/index.js';
import { polytagError } from '../errors/index.js';
import { scoreMatrix } from './evaluation.js';
import type { Scorer } from './scorer.js';
import {
  measureThresholds,
  proposeThresholds,
  type ScoredRows,
  type ThresholdGoal,
  type ThresholdProposal,
} from './threshold-goals.js';
import type { TrainedFolder } from './trained-folder.js';
import { readValidationScores } from './validation-scores.js';

/** How thresholds are chosen. */
export interface ThresholdOptions {
  /** Left out: only those by hand change. */
  readonly goal?: ThresholdGoal | undefined;
  /** Thresholds from 0 to 1 by label, whatever the goal would choose. */
  readonly byHand?: Readonly<Record<string, number>> | undefined;
  /** The text column of the table; default: that of the training table, or found as there. */
  readonly text?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called as the table is scored, with the texts done so far. */
  readonly onProgress?: ((texts: number) => void) | undefined;
  /** Called with a sentence for what is odd about the table. */
  readonly onWarning?: ((sentence: string) => void) | undefined;
}

/**
 * Thresholds by hand need no rows: without any, their figures are null.
 *
 * @param table its path; without one, the validation rows
 * @param current one a label
 * @throws PolytagError OPTION_INVALID for a label by hand that the model lacks, or for a goal without a table where the
 *   folder keeps no validation scores; as `readLabelledTable`, `streamTexts` and `Scorer.scoreStream`; the signal's reason
 */
export async function chooseThresholds(
  trained: TrainedFolder,
  scorer: Scorer,
  current: readonly number[],
  table: string | undefined,
  options: ThresholdOptions,
): Promise<ThresholdProposal[]> {
  const { labels } = trained.record;
  const { goal, byHand = {} } = options;
  const stranger = Object.keys(byHand).find((label) => !labels.includes(label));
  if (stranger !== undefined) {
    const expected = `one of ${labels.join(', ')}`;
    throw polytagError('OPTION_INVALID', { option: 'label', value: stranger, expected });
  }
  const rows = await readRows(trained, scorer, table, options);
  const proposals =
    goal === undefined
      ? keepAll(rows, labels, current)
      : proposeThresholds(rows, labels, current, goal);
  const set = labels.map((label, at) =>
    Object.hasOwn(byHand, label) ? byHand[label] : current[at],
  );
  const measured = measureThresholds(rows, set);
  return proposals.map((proposal, at) =>
    Object.hasOwn(byHand, proposal.label)
      ? { ...proposal, proposed: measured[at], reason: undefined }
      : proposal,
  );
}

function keepAll(
  rows: ScoredRows,
  labels: readonly string[],
  current: readonly number[],
): ThresholdProposal[] {
  const reason = 'no goal was given';
  return measureThresholds(rows, current).map((old, at) => {
    return { label: labels[at], old, proposed: undefined, reason };
  });
}

async function readRows(
  trained: TrainedFolder,
  scorer: Scorer,
  table: string | undefined,
  { goal, text, signal, onProgress, onWarning }: ThresholdOptions,
): Promise<ScoredRows> {
  const { labels: names, rows } = trained.record;
  if (table === undefined) {
    const kept = await readValidationScores(trained);
    if (kept !== undefined) return kept;
    if (goal === undefined) {
      return { scores: { rows: 0, columns: names.length, values: new Float32Array() } };
    }
    const expected = 'the path of a table: this model keeps no scores of its validation rows';
    throw polytagError('OPTION_INVALID', { option: 'table', value: '', expected });
  }
  const where = { text, textColumnHint: rows.textColumn, signal };
  if (goal?.kind === 'rate') {
    return { scores: await scoreTexts(scorer, names.length, table, { ...where, onProgress }) };
  }
  const read = await readLabelledTable(table, { ...where, expectedLabels: names });
  for (const warning of read.warnings) onWarning?.(warning);
  const scores = await scoreMatrix(scorer, read.texts, names.length, { signal, onProgress });
  return { labels: read.labels, scores };
}

/** Scores of a table's texts, which are not held. */
async function scoreTexts(
  scorer: Scorer,
  columns: number,
  table: string,
  { onProgress, ...where }: StreamTextsOptions & Pick<ThresholdOptions, 'onProgress'>,
): Promise<ScoredRows['scores']> {
  const stream = await streamTexts(table, where);
  const values: number[] = [];
  try {
    const texts = (async function* () {
      for await (const row of stream.rows) yield row.text;
    })();
    for await (const { scores } of scorer.scoreStream(texts, { signal: where.signal })) {
      values.push(...scores);
      onProgress?.(values.length / columns);
    }
  } finally {
    await stream.close();
  }
  return { rows: values.length / columns, columns, values: Float32Array.from(values) };
}
