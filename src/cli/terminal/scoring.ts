// How texts are scored beside the model, in sentences: what became of long ones, and what a blend adds.
import type { ModelRecord } from '../../classifier/index.js';
import { describeCuts, describeTexts, formatCount } from './quantities.js';

/** Texts that were scored, and what became of long ones. */
export interface ScoredCounts {
  readonly texts: number;
  /** Null: a service did not say. */
  readonly truncated: number | null;
  readonly windowed: number;
}

type ScoringRecord = Pick<ModelRecord, 'maxLength' | 'windows'>;

/** `1,200 texts (3 of them longer than 128 tokens and scored by windows)` */
export function describeScored(
  { texts, truncated, windowed }: ScoredCounts,
  { maxLength, windows }: ScoringRecord,
): string {
  if (windows === undefined) return describeTexts(texts, truncated, maxLength);
  if (windowed === 0) return describeTexts(texts, 0, maxLength);
  const cut = isAny(truncated) ? `, ${formatCount(truncated)} cut to what windows cover` : '';
  return `${formatCount(texts)} texts (${formatCount(windowed)} of them longer than ${maxLength ?? 0} tokens and scored by windows${cut})`;
}

/** `3 of 1,200 texts were longer than 128 tokens and scored by windows.` */
export function describeLongTexts(
  { texts, truncated, windowed }: ScoredCounts,
  { maxLength, windows }: ScoringRecord,
): string {
  if (windows === undefined) return describeCuts(truncated, texts, maxLength);
  const cut = isAny(truncated)
    ? ` (${formatCount(truncated)} of them cut to what windows cover)`
    : '';
  return `${formatCount(windowed)} of ${formatCount(texts)} texts were longer than ${maxLength ?? 0} tokens and scored by windows${cut}.`;
}

/** What became of the long texts of a training run. */
export function describeTrainingTexts({ rows, maxLength, windows, tuning }: ModelRecord): string {
  const total = rows.train + rows.validation;
  const cuts = describeCuts(rows.truncated, total, maxLength);
  if (windows === undefined) return cuts;
  const seen =
    tuning === undefined ? 'what was kept of each' : 'one window of each an epoch, at random';
  return `${cuts.replace(/ and cut\.$/, '')}: training saw ${seen}, and the ${formatCount(rows.windowed ?? 0)} among the validation rows were scored by windows.`;
}

/** What a blend adds, and where it is missing; nothing for models without one. */
export function describeBlend({ blend, validation, encoder }: ModelRecord): string[] {
  if (blend === undefined) return [];
  const { macro } = blend.alone.validation;
  const change = (before: number | null, after: number | null): string =>
    before === null || after === null ? 'undefined' : `${before.toFixed(3)} to ${after.toFixed(3)}`;
  const file = encoder.service === undefined ? 'The ONNX files are' : 'head.onnx is';
  return [
    `Blended with the linear baseline: macro ROC-AUC ${change(macro.rocAuc.value, validation.macro.rocAuc.value)}, macro AP ${change(macro.averagePrecision.value, validation.macro.averagePrecision.value)} on the same rows, which chose its weights.`,
    `${file} without the blend, with thresholds of their own (see the card, README.md).`,
  ];
}

/** The same for `polytag info`, by name; what a model has not is undefined. */
export function scoringFacts({ windows, blend }: ModelRecord): Record<string, unknown> {
  return {
    longTexts:
      windows &&
      `${windows.combine} of windows ${windows.stride} tokens apart; not in the ONNX files`,
    blend: blend && 'the linear baseline is added; not in the ONNX files',
    aloneMacroRocAuc: blend?.alone.validation.macro.rocAuc.value,
    aloneMacroAveragePrecision: blend?.alone.validation.macro.averagePrecision.value,
  };
}

function isAny(count: number | null): count is number {
  return count !== null && count > 0;
}
