// Holds the flags against the model's configuration before it is loaded, and reads its layers as bert-as-service counts them.
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type BertConfig, type EncoderOptions, parseBertConfig } from '../../bert/index.js';
import { polytagError } from '../../errors/index.js';
import {
  inferLowerCase,
  readJsonFile,
  readVocabulary,
  resolveReference,
  type ResolveOptions,
} from '../../weights/index.js';
import { encoderOptionsOf, type GivenFlags, type ServerValues } from './server-settings.js';

/** No configuration of a BERT is larger. */
const CONFIG_BYTES = 2 ** 20;

/** A model whose configuration suits the flags, ready to be loaded. */
export interface ServedModel {
  /** Its local folder. */
  readonly folder: string;
  readonly options: EncoderOptions;
  /** What the user should know of it. */
  readonly remarks: readonly string[];
}

/**
 * Finds the model, and checks the flags against its configuration. What is missing in its folder is left for
 * loading to say.
 * @throws PolytagError FLAG_UNSUITABLE, those of `resolveReference` and `parseBertConfig`; the signal's reason
 */
export async function inspectModel(
  values: ServerValues,
  given: GivenFlags,
  resolving: ResolveOptions,
): Promise<ServedModel> {
  const options = encoderOptionsOf(values, given);
  const folder = await resolveReference(values.model_dir, resolving);
  const names = new Set(await readdir(folder));
  const config = await readConfig(folder, names, options.configName);
  if (config === undefined) return { folder, options, remarks: [] };
  checkLength(values, config);
  const layers = values.pooling_layer.map((layer) => resolveLayer(layer, config));
  const { tokenizer, remarks } = await chooseCasing(values, given, { folder, names });
  return { folder, options: { ...options, layers, tokenizer }, remarks };
}

async function readConfig(
  folder: string,
  names: ReadonlySet<string>,
  chosen: string | undefined,
): Promise<BertConfig | undefined> {
  const name = chosen ?? ['bert_config.json', 'config.json'].find((usual) => names.has(usual));
  if (name === undefined) return undefined;
  const file = join(folder, name);
  if (!existsSync(file)) return undefined;
  return parseBertConfig(await readJsonFile(file, CONFIG_BYTES), file);
}

function checkLength(values: ServerValues, { positions }: BertConfig): void {
  const { max_seq_len: length, no_position_embeddings: hasNone } = values;
  if (length === null || length <= positions || hasNone) return;
  throw polytagError('FLAG_UNSUITABLE', {
    flag: `-max_seq_len ${length}`,
    problem: `it has ${positions} positions; expected 4 to ${positions}, or NONE for as many as it has`,
  });
}

/** The number of a layer in polytag, where 0 stands for the embeddings. */
function resolveLayer(layer: number, { layers }: BertConfig): number {
  if (layer >= -layers && layer < layers) return layer < 0 ? layer : layer + 1;
  throw polytagError('FLAG_UNSUITABLE', {
    flag: `-pooling_layer ${layer}`,
    problem: `it has ${layers} layers; expected ${-layers} to -1, or 0 to ${layers - 1} from the front`,
  });
}

/**
 * Holds -num_labels against the classifier's outputs.
 * @param width numbers that a text comes to
 * @throws PolytagError FLAG_UNSUITABLE
 */
export function checkLabels(
  { num_labels: wanted, pooling_strategy }: ServerValues,
  width: number,
): void {
  if (wanted === null || pooling_strategy.name !== 'CLASSIFICATION' || width === wanted) return;
  throw polytagError('FLAG_UNSUITABLE', {
    flag: `-num_labels ${wanted}`,
    problem: `its classifier has ${width} labels`,
  });
}

/**
 * A vocabulary alone, which is all that Google's folders have, does not say whether texts are lower-cased: the
 * flag decides, as it always did. bert-as-service knew no special tokens in texts: "[SEP]" was five signs like
 * any other. Files of a tokenizer say both.
 */
async function chooseCasing(
  values: ServerValues,
  given: GivenFlags,
  { folder, names }: { readonly folder: string; readonly names: ReadonlySet<string> },
): Promise<Pick<ServedModel, 'remarks'> & Pick<EncoderOptions, 'tokenizer'>> {
  const { do_lower_case: lowercase } = values;
  if (names.has('tokenizer.json') || names.has('tokenizer_config.json')) {
    return { tokenizer: given.has('do_lower_case') ? { lowercase } : undefined, remarks: [] };
  }
  const tokenizer = { lowercase, neverSplit: [] };
  if (!names.has('vocab.txt')) return { tokenizer, remarks: [] };
  const isUncased = inferLowerCase(folder, await readVocabulary(join(folder, 'vocab.txt')));
  if (isUncased === lowercase) return { tokenizer, remarks: [] };
  const remark = isUncased
    ? 'the model looks uncased, and -cased_tokenization keeps upper case: words with it may be unknown to it'
    : 'the model looks cased, and texts are lower-cased for it, as in bert-as-service; -cased_tokenization keeps upper case';
  return { tokenizer, remarks: [remark] };
}
