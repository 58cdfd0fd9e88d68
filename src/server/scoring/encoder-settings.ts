// How an encoder's own files say that texts become vectors: the layout of sentence-transformers, or the plain mean.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { EncodingSettings, Pooling } from '../../bert/index.js';
import { polytagError } from '../../errors/index.js';
import { type JsonObject, readJsonFile } from '../../weights/index.js';

const poolingFile = '1_Pooling/config.json';
const lengthFile = 'sentence_bert_config.json';

/** Modes of sentence-transformers by the pooling that does the same. */
const modes: readonly (readonly [mode: string, pooling: Pooling])[] = [
  ['pooling_mode_cls_token', 'first'],
  ['pooling_mode_mean_tokens', 'mean'],
  ['pooling_mode_max_tokens', 'max'],
];

async function readIfThere(path: string): Promise<JsonObject | undefined> {
  const isThere = await stat(path).then(
    (status) => status.isFile(),
    () => false,
  );
  return isThere ? readJsonFile(path) : undefined;
}

function poolingOf(config: JsonObject, file: string): Pooling {
  const chosen = modes.filter(([mode]) => config[mode] === true);
  const others = Object.entries(config).filter(
    ([mode, value]) =>
      mode.startsWith('pooling_mode_') &&
      value === true &&
      !modes.some(([known]) => known === mode),
  );
  if (chosen.length === 1 && others.length === 0) return chosen[0][1];
  const problem = 'it asks for another pooling than the mean, the maximum or the first token alone';
  throw polytagError('MODEL_CONFIG_INVALID', { file, problem });
}

/**
 * The settings under which an encoder is served: pooling and length of sentence-transformers' files where it has them,
 * else the mean over the last layer and all positions. Vectors are not normalised here.
 *
 * @throws PolytagError MODEL_CONFIG_INVALID, MODEL_FILE_UNREADABLE, MODEL_JSON_INVALID
 */
export async function encoderSettings(folder: string): Promise<EncodingSettings> {
  const poolingPath = join(folder, poolingFile);
  const config = await readIfThere(poolingPath);
  const lengths = await readIfThere(join(folder, lengthFile));
  const maxLength = lengths?.max_seq_length;
  return {
    pooling: config === undefined ? 'mean' : poolingOf(config, poolingPath),
    layers: [-1],
    ...(typeof maxLength === 'number' && Number.isInteger(maxLength) && maxLength >= 3
      ? { maxLength }
      : {}),
  };
}
