// A run that plans itself: measures machine and texts, plans within the budget, and keeps the plan for a resumed run.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WordPieceTokenizer } from '../../bert/index.js';
import { writeFileAtomically } from '../../data/index.js';
import { polytagError } from '../../errors/index.js';
import { readEncoderConfig } from '../encoder-config.js';
import type { SplitTable } from '../table-split.js';
import type { TrainingRequest } from '../training-outcome.js';
import { measureSpeed, planTuning, type TuningPlan } from './tuning-plan.js';

/** Texts whose tokens are counted for the mean; spread over the table. */
const SAMPLE = 400;

/** The name of the plan in a run's work folder. */
const planFile = 'plan.json';

/**
 * The plan of a run with a budget. Measured speeds differ from run to run and plans with them: what was planned
 * stands in the record, and a resumed run goes by the plan that it began with.
 *
 * @throws PolytagError OPTION_INVALID; those of the encoder's files; the signal's reason
 */
export async function planRun(
  request: TrainingRequest,
  { texts, train }: SplitTable,
  budget: number,
): Promise<TuningPlan> {
  if (!(budget > 0 && Number.isFinite(budget))) {
    const expected = 'a time above 0';
    throw polytagError('OPTION_INVALID', { option: 'budget', value: String(budget), expected });
  }
  const path = join(request.workFolder, planFile);
  if (request.resume === true && existsSync(path)) {
    return JSON.parse(await readFile(path, 'utf8')) as TuningPlan;
  }
  const { truncation = 'head' } = request;
  const { folder, config, maxLength } = await readEncoderConfig(request);
  const tokenizer = await WordPieceTokenizer.load(folder);
  const every = Math.max(1, Math.floor(texts.length / SAMPLE));
  const sample = texts.filter((_, row) => row % every === 0);
  const tokens = sample.map((text) => tokenizer.encode(text, { maxLength, truncation }).ids.length);
  const plan = planTuning({
    config,
    train: train.length,
    rows: texts.length,
    meanLength: tokens.reduce((sum, length) => sum + length, 0) / tokens.length,
    speed: await measureSpeed(request.workers),
    budget,
  });
  await writeFileAtomically(path, JSON.stringify(plan));
  return plan;
}
