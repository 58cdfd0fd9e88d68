// GET /v1/classifiers/{name}/validation: what the model scored on its validation rows, to try thresholds on.
import { readValidationScores } from '../../../classifier/index.js';
import { Refusal } from '../../http/refusal.js';
import type { ScoringService } from '../../scoring/scoring-service.js';
import type { DialectAnswer, DialectRequest } from '../dialect.js';

/** Scores are written to six decimals: thresholds are never told apart further. */
const precision = 1e6;

/** One list a label, of a row-major matrix. */
function columnsOf(
  { rows, columns, values }: { rows: number; columns: number; values: ArrayLike<number> },
  write: (value: number) => number,
): number[][] {
  return Array.from({ length: columns }, (_, column) =>
    Array.from({ length: rows }, (__, row) => write(values[row * columns + column])),
  );
}

/** @throws Refusal MODEL_UNKNOWN, NOT_FOUND where the model was stored without them */
export async function answerValidation(
  { parameters }: DialectRequest,
  service: ScoringService,
): Promise<DialectAnswer> {
  const model = service.classifier(parameters.name);
  const stored = await readValidationScores(model);
  if (stored === undefined) {
    throw new Refusal('NOT_FOUND', `the folder of ${model.name} has no scores of validation rows`);
  }
  const { labels, scores, total } = stored;
  return {
    body: {
      model: model.name,
      version: model.version,
      labels: model.labels,
      rows: scores.rows,
      total,
      targets: columnsOf(labels, (value) => value),
      scores: columnsOf(scores, (value) => Math.round(value * precision) / precision),
    },
  };
}
