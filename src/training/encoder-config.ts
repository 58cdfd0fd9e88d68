// The configuration of a run's encoder, for what must be known before anything is encoded.
import { type BertConfig, parseBertConfig } from '../bert/index.js';
import { openModelFolder, resolveReference } from '../weights/index.js';
import type { TrainingRequest } from './training-outcome.js';

/** Most tokens of a text by default: the longer ones among comments gain little by more. */
const DEFAULT_MAX_LENGTH = 128;

/** The encoder that a run has where none is named. */
export const defaultEncoder = 'all-MiniLM-L6-v2';

/** What of a request says which encoder, and how it is looked for. */
type EncoderRequest = Pick<TrainingRequest, 'encoder' | 'maxLength' | 'signal' | 'onWarning'>;

/** An encoder that is no service. */
interface EncoderAtHand {
  readonly folder: string;
  readonly config: BertConfig;
  /** Most tokens of a text: what was asked for, or the default within the encoder's positions. */
  readonly maxLength: number;
}

/**
 * Finds an encoder that is no service, and reads what it is.
 *
 * @throws PolytagError those of `resolveReference`, `openModelFolder` and `parseBertConfig`; the signal's reason
 */
export async function readEncoderConfig({
  encoder = defaultEncoder,
  maxLength,
  signal,
  onWarning,
}: EncoderRequest): Promise<EncoderAtHand> {
  const folder = await resolveReference(encoder, { signal, onWarning });
  const model = await openModelFolder(folder);
  await model.close();
  const config = parseBertConfig(model.config, model.configFile);
  return { folder, config, maxLength: maxLength ?? Math.min(DEFAULT_MAX_LENGTH, config.positions) };
}
