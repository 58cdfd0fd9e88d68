// The linear model on the same rows, so that every figure of the encoder's model has something to be compared with.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type LinearBaseline, loadLinearBaseline, trainLinearBaseline } from '../linear/index.js';
import type { ThresholdChoice } from '../metrics/index.js';
import type { SplitTable } from './table-split.js';
import type { TrainingOutcome, TrainingRequest } from './training-outcome.js';
import { measureOnValidation } from './validation-figures.js';

/** More threads than these do not make the baseline faster. */
const MAXIMAL_THREADS = 8;

/**
 * Trains the baseline if one is wanted, or when the run resumes takes it from the run's folder.
 *
 * @param thresholds that other rows have chosen; default: the validation rows choose
 */
export async function trainBaseline(
  request: TrainingRequest,
  table: SplitTable,
  seed: number,
  thresholds?: readonly ThresholdChoice[],
): Promise<TrainingOutcome['baseline']> {
  if (request.baseline === false) return undefined;
  const model = await obtainBaseline(request, table, seed);
  const texts = Array.from(table.validation, (row) => table.texts[row]);
  return { model, ...(await measureOnValidation(table, await model.score(texts), thresholds)) };
}

/** The model alone. */
export async function obtainBaseline(
  { workFolder, resume = false, workers, signal, onProgress }: TrainingRequest,
  { texts, labels, train, dataSha256, validationFrom }: SplitTable,
  seed: number,
): Promise<LinearBaseline> {
  // The name holds all that the model depends on: what an earlier run with other rows left is not taken.
  const key = createHash('sha256').update(JSON.stringify([dataSha256, validationFrom, seed]));
  const path = join(workFolder, `baseline-${key.digest('hex').slice(0, 16)}`);
  if (resume && existsSync(path)) return loadLinearBaseline(path);
  const model = await trainLinearBaseline({
    texts,
    labels,
    rows: train,
    seed,
    threads: workers === undefined ? undefined : Math.min(workers, MAXIMAL_THREADS),
    signal,
    onProgress: ({ phase, ...progress }) => {
      onProgress?.({ phase: `baseline-${phase}`, ...progress });
    },
  });
  await model.save(path);
  return model;
}
