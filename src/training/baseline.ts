// The linear model on the same rows, so that every figure of the encoder's model has something to be compared with.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type LinearBaseline, loadLinearBaseline, trainLinearBaseline } from '../linear/index.js';
import type { SplitTable } from './table-split.js';
import type { TrainingOutcome, TrainingRequest } from './training-outcome.js';
import { measureOnValidation } from './validation-figures.js';

/** More threads than these do not make the baseline faster. */
const MAXIMAL_THREADS = 8;

/** Trains the baseline, or when the run resumes takes it from the run's folder. */
export async function trainBaseline(
  request: TrainingRequest,
  table: SplitTable,
  seed: number,
): Promise<NonNullable<TrainingOutcome['baseline']>> {
  const model = await obtainModel(request, table, seed);
  const texts = Array.from(table.validation, (row) => table.texts[row]);
  return { model, ...(await measureOnValidation(table, await model.score(texts))) };
}

async function obtainModel(
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
