// Tells and checks what a run needs before anything is encoded for it.
import { resolveFeatures, resolveWindows, WordPieceTokenizer } from '../bert/index.js';
import { defaultFeatures } from './encoded-table.js';
import { readEncoderConfig } from './encoder-config.js';
import type { SplitTable } from './table-split.js';
import type { TrainingRequest } from './training-outcome.js';
import { cutText } from './tuning/table-states.js';
import { checkNeeds, measureAvailable } from './tuning/tuning-needs.js';
import type { TuningSettings } from './tuning/tuning-settings.js';

/** Texts whose tokens are counted; spread over the table. */
const SAMPLE = 400;

/** @throws PolytagError RUN_TOO_LARGE; those of the encoder's files */
export async function checkRunNeeds(
  request: TrainingRequest,
  { texts }: SplitTable,
  settings: TuningSettings | undefined,
): Promise<void> {
  if (settings === undefined) return;
  const { truncation = 'head', features = defaultFeatures, workFolder } = request;
  const { folder, config, maxLength } = await readEncoderConfig(request);
  const tokenizer = await WordPieceTokenizer.load(folder);
  const every = Math.max(1, Math.floor(texts.length / SAMPLE));
  const sample = texts.filter((_, row) => row % every === 0);
  const stride = request.windows && resolveWindows(request.windows, maxLength).stride;
  const cut = { maxLength, truncation, stride };
  const counted = sample
    .flatMap((text) => cutText(tokenizer, text, cut))
    .reduce((sum, { ids }) => sum + ids.length, 0);
  const facts = {
    ...{ config, settings, maxLength, rows: texts.length },
    width: resolveFeatures(config, features).width,
    tokens: (counted * texts.length) / sample.length,
  };
  const available = await measureAvailable(workFolder);
  request.onNeeds?.({ needs: checkNeeds(facts, available), available });
}
