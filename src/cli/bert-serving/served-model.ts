// Holds the flags against the model before it is loaded, and reads its layers as bert-as-service counts them.
import { type BertConfig, type EncoderOptions, parseBertConfig } from '../../bert/index.js';
import { polytagError } from '../../errors/index.js';
import {
  inferLowerCase,
  type ModelFolder,
  openModelFolder,
  readVocabulary,
  resolveReference,
  type ResolveOptions,
} from '../../weights/index.js';
import { encoderOptionsOf, type GivenFlags, type ServerValues } from './server-settings.js';

/** A model that suits the flags, ready to be loaded. */
export interface ServedModel {
  /** Its local folder. */
  readonly folder: string;
  readonly options: EncoderOptions;
  /** What the user should know of it. */
  readonly remarks: readonly string[];
}

/**
 * Finds the model, and checks the flags against its configuration.
 * @throws PolytagError FLAG_UNSUITABLE, those of `resolveReference` and `openModelFolder`; the signal's reason
 */
export async function inspectModel(
  values: ServerValues,
  given: GivenFlags,
  resolving: ResolveOptions,
): Promise<ServedModel> {
  const options = encoderOptionsOf(values, given);
  const folder = await resolveReference(values.model_dir, resolving);
  const model = await openModelFolder(folder, options);
  try {
    const config = parseBertConfig(model.config, model.configFile);
    checkLength(values, config);
    checkLabels(values, model);
    const layers = values.pooling_layer.map((layer) => resolveLayer(layer, config));
    const casing = await chooseCasing(values, given, model);
    return {
      folder,
      options: { ...options, layers, tokenizer: casing.tokenizer },
      remarks: casing.remarks,
    };
  } finally {
    await model.close();
  }
}

function checkLength(values: ServerValues, { positions }: BertConfig): void {
  const { max_seq_len: length, no_position_embeddings: hasNone } = values;
  if (length === null || length <= positions || hasNone) return;
  throw polytagError('FLAG_UNSUITABLE', {
    flag: `-max_seq_len ${length}`,
    problem: `it has ${positions} positions; expected 4 to ${positions}, or NONE for as many as it has`,
  });
}

function checkLabels(
  { num_labels: wanted, pooling_strategy }: ServerValues,
  model: ModelFolder,
): void {
  const isThere = model.tensors.names().includes('classifier.bias');
  if (wanted === null || pooling_strategy.name !== 'CLASSIFICATION' || !isThere) return;
  const [labels] = model.tensors.info('classifier.bias').shape;
  if (labels === wanted) return;
  throw polytagError('FLAG_UNSUITABLE', {
    flag: `-num_labels ${wanted}`,
    problem: `its classifier has ${labels} labels`,
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
 * Google's files do not say whether texts are lower-cased, so that the flag decides, as it always did; others
 * do. bert-as-service knew no special tokens in texts: "[SEP]" was five signs like any other.
 */
async function chooseCasing(
  values: ServerValues,
  given: GivenFlags,
  model: ModelFolder,
): Promise<Pick<ServedModel, 'remarks'> & Pick<EncoderOptions, 'tokenizer'>> {
  const { do_lower_case: lowercase } = values;
  const isCasedAsked = given.has('do_lower_case');
  if (model.format !== 'google') {
    return { tokenizer: isCasedAsked ? { lowercase } : undefined, remarks: [] };
  }
  const tokenizer = { lowercase, neverSplit: [] };
  if (model.vocabularyFile === null) return { tokenizer, remarks: [] };
  const isUncased = inferLowerCase(model.folder, await readVocabulary(model.vocabularyFile));
  if (isUncased === lowercase) return { tokenizer, remarks: [] };
  const remark = isUncased
    ? 'the model looks uncased, and -cased_tokenization keeps upper case: words with it may be unknown to it'
    : 'the model looks cased, and texts are lower-cased for it, as in bert-as-service; -cased_tokenization keeps upper case';
  return { tokenizer, remarks: [remark] };
}
