// An encoder as a trained model's folder holds it: always a BERT under Hugging Face's names, whatever it came from.
import {
  type BertConfig,
  parseBertConfig,
  readEncoderWeights,
  type ResolvedFeatures,
  WordPieceTokenizer,
} from '../bert/index.js';
import { elementCount, type Tensor } from '../graph/index.js';
import { type JsonObject, type ModelFolder, openModelFolder } from '../weights/index.js';

const tokenTypesName = 'embeddings.token_type_embeddings.weight';

/** Token types that a DistilBERT gets, which has none: all zero, so that nothing changes. */
const spareTokenTypes = 2;

/** An opened encoder. */
export interface DescribedEncoder {
  /** Fields of config.json, without those of the head. */
  readonly fields: JsonObject;
  readonly config: BertConfig;
  readonly tokenizer: WordPieceTokenizer;
  /** Where vocab.txt lies, if there is one. */
  readonly vocabularyFile: string | null;
  /** All weights in their stored types, without `bert.`; each is read when its turn comes. */
  readonly weights: readonly StoredWeight[];
  /** The weights that features need, in float32, by name. */
  readonly readWeights: (features: ResolvedFeatures) => Promise<Map<string, Tensor<'float32'>>>;
  close(): Promise<void>;
}

/** A weight that can be read. */
interface StoredWeight {
  readonly name: string;
  readonly type: Tensor['type'];
  readonly shape: readonly number[];
  readonly read: () => Tensor | Promise<Tensor>;
}

/**
 * Opens the encoder in `folder` (any layout that `openModelFolder` takes) and describes it as a BERT.
 *
 * @throws PolytagError as `openModelFolder`, `parseBertConfig` and `WordPieceTokenizer.load`
 */
export async function describeEncoder(folder: string): Promise<DescribedEncoder> {
  const model = await openModelFolder(folder);
  try {
    const original = parseBertConfig(model.config, model.configFile);
    const tokenizer = await WordPieceTokenizer.load(folder);
    const fields = configFields(original, model.config, tokenizer.paddingId);
    const config = parseBertConfig(fields, model.configFile);
    const spare = original.tokenTypes === 0 ? spareTypes(config) : undefined;
    const weights = storedWeights(model);
    if (spare !== undefined) weights.push({ ...spare, name: tokenTypesName, read: () => spare });
    return {
      fields,
      config,
      tokenizer,
      vocabularyFile: model.vocabularyFile,
      weights,
      readWeights: async (features) => {
        const needed = await readEncoderWeights(model.tensors, features, folder);
        return spare === undefined ? needed : needed.set(tokenTypesName, spare);
      },
      close: () => model.close(),
    };
  } catch (error) {
    await model.close();
    throw error;
  }
}

function configFields(config: BertConfig, source: JsonObject, paddingId: number): JsonObject {
  const { hidden_act: activation = source.activation ?? 'gelu' } = source;
  return {
    model_type: 'bert',
    vocab_size: config.vocabularySize,
    hidden_size: config.hiddenSize,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    intermediate_size: config.intermediateSize,
    hidden_act: activation,
    hidden_dropout_prob: config.hiddenDropout,
    attention_probs_dropout_prob: config.attentionDropout,
    max_position_embeddings: config.positions,
    type_vocab_size: config.tokenTypes === 0 ? spareTokenTypes : config.tokenTypes,
    layer_norm_eps: config.layerNormEpsilon,
    pad_token_id: paddingId,
    position_embedding_type: 'absolute',
  };
}

/** The encoder with some weights replaced: those that learnt. */
export function replaceWeights(
  encoder: DescribedEncoder,
  tuned: ReadonlyMap<string, Tensor<'float32'>>,
): DescribedEncoder {
  const weights = encoder.weights.map((stored) => {
    const tensor = tuned.get(stored.name);
    return tensor === undefined ? stored : { ...tensor, name: stored.name, read: () => tensor };
  });
  return {
    ...encoder,
    weights,
    readWeights: async (features) =>
      new Map(
        [...(await encoder.readWeights(features))].map(([name, tensor]) => [
          name,
          tuned.get(name) ?? tensor,
        ]),
      ),
  };
}

/** The encoder and its pooler; heads of other tasks are left behind. */
function storedWeights({ tensors }: ModelFolder): StoredWeight[] {
  return tensors
    .names()
    .filter((name) => /^(?:embeddings|encoder|pooler)\./.test(name))
    .map((name) => ({ name, ...tensors.info(name), read: () => tensors.read(name) }));
}

/** One vector of zeros for each spare token type. */
function spareTypes({ hiddenSize }: BertConfig): Tensor<'float32'> {
  const shape = [spareTokenTypes, hiddenSize];
  return { type: 'float32', shape, data: new Float32Array(elementCount(shape)) };
}
