// What a fitted model comes to on the validation rows: its thresholds and figures, alone and with its baseline's logits.
import { polytagError } from '../errors/index.js';
import type { LinearBaseline } from '../linear/index.js';
import type { LabelMatrix, ScoreMatrix } from '../metrics/index.js';
import { chooseThresholds } from '../metrics/index.js';
import { type BlendRows, fitBlend } from './blend/blend-fit.js';
import { blendLogits } from './blend/blend-weights.js';
import { logitsOf } from './folds/fold-blend.js';
import type { FoldsOutcome } from './folds/folds-outcome.js';
import type { SplitTable } from './table-split.js';
import { gatherLabels } from './training-labels.js';
import type { BlendOutcome, TrainingRequest } from './training-outcome.js';
import { measureOnValidation, scoresOf, type ValidationFigures } from './validation-figures.js';

/** What is measured. */
export interface FinalModel {
  /** Of the validation rows, [validation, labels]. */
  readonly logits: Float32Array;
  readonly baseline: LinearBaseline | undefined;
  /** Whose scores, of all rows, choose thresholds and weights instead of those of the validation rows. */
  readonly folds: FoldsOutcome | undefined;
}

/** Figures as users will see them, and what they are made of. */
export interface FinalFigures extends ValidationFigures {
  readonly blend?: BlendOutcome | undefined;
  readonly validationScores: {
    readonly labels: LabelMatrix;
    readonly scores: ScoreMatrix & { readonly values: Float32Array };
  };
}

/** @throws PolytagError OPTION_INVALID where there is no baseline to blend with */
export function checkBlend({ blend = false, baseline = true }: TrainingRequest): void {
  if (!blend || baseline) return;
  const expected = 'false, because the baseline, whose logits it adds, is left out';
  throw polytagError('OPTION_INVALID', { option: 'blend', value: String(blend), expected });
}

/** Measures, and blends if the run asks for that. @throws the signal's reason */
export async function measureModel(
  { blend = false, signal, onWarning }: TrainingRequest,
  table: SplitTable,
  { logits, baseline, folds }: FinalModel,
): Promise<FinalFigures> {
  const columns = table.labelNames.length;
  const scores = scoresOf(logits, columns);
  const labels = gatherLabels(table.labels, table.validation);
  const alone = await measureOnValidation(
    table,
    scores,
    (folds?.alone ?? folds?.model)?.thresholds,
  );
  const unblended = { ...alone, validationScores: { labels, scores } };
  if (!blend || baseline === undefined) return unblended;
  const texts = Array.from(table.validation, (row) => table.texts[row]);
  const theirs = await baseline.scoreAllLogits(texts, { signal });
  const outOfFold = folds && rowsOfFolds(folds);
  const weights = await fitBlend(outOfFold ?? { labels, model: logits, baseline: theirs });
  if (weights === undefined) {
    onWarning?.(
      'no label has both classes in the validation rows: nothing is known about how to blend, and nothing is blended',
    );
    return unblended;
  }
  const chosen =
    outOfFold &&
    chooseThresholds(
      outOfFold.labels,
      scoresOf(blendLogits(weights, outOfFold.model, outOfFold.baseline), columns),
    );
  const blended = scoresOf(blendLogits(weights, logits, theirs), columns);
  const figures = await measureOnValidation(table, blended, chosen);
  const validationScores = { labels, scores: blended };
  return { ...figures, blend: { weights, alone }, validationScores };
}

/** Both logits of every row, by models that did not see it; undefined where no baseline was folded. */
function rowsOfFolds({
  labels,
  model: asItScores,
  alone: model = asItScores,
  baseline,
}: Pick<FoldsOutcome, 'model' | 'alone' | 'baseline'> & { readonly labels: LabelMatrix }):
  | BlendRows
  | undefined {
  if (baseline === undefined) return undefined;
  return {
    labels,
    model: logitsOf(model.scores.values),
    baseline: logitsOf(baseline.scores.values),
  };
}
