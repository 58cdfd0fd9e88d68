// The names and shapes of a BERT's tensors as Hugging Face's BertModel has them, which every source is mapped to.
import { polytagError } from '../../errors/index.js';
import type { JsonObject } from '../json-reader.js';

/** The sizes that decide every shape of an encoder. */
export interface EncoderDimensions {
  readonly hidden: number;
  readonly intermediate: number;
  readonly layers: number;
  readonly words: number;
  readonly positions: number;
  /** Token types; 0 for a DistilBERT, which has none. */
  readonly types: number;
}

/** Where a source keeps a tensor: its canonical name, and whether rows and columns are swapped there. */
export interface CanonicalName {
  readonly name: string;
  readonly transposed: boolean;
}

const maximalLayers = 1000;
const maximalDimension = 2 ** 31 - 1;

/**
 * The dimensions in a BERT or DistilBERT configuration.
 *
 * @throws PolytagError MODEL_CONFIG_INVALID or MODEL_TYPE_UNSUPPORTED
 */
export function readDimensions(config: JsonObject, file: string): EncoderDimensions {
  const type = modelType(config, file);
  const size = (key: string, maximum = maximalDimension): number => {
    const value = config[key];
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > maximum) {
      const shown = !Object.hasOwn(config, key)
        ? 'is missing'
        : `is ${JSON.stringify(value).slice(0, 40)}`;
      const problem = `"${key}" ${shown}; expected a whole number from 1 to ${maximum}`;
      throw polytagError('MODEL_CONFIG_INVALID', { file, problem });
    }
    return value;
  };
  const words = size('vocab_size');
  const positions = size('max_position_embeddings');
  if (type === 'bert') {
    return {
      words,
      positions,
      hidden: size('hidden_size'),
      intermediate: size('intermediate_size'),
      layers: size('num_hidden_layers', maximalLayers),
      types: size('type_vocab_size'),
    };
  }
  return {
    words,
    positions,
    hidden: size('dim'),
    intermediate: size('hidden_dim'),
    layers: size('n_layers', maximalLayers),
    types: 0,
  };
}

function modelType(config: JsonObject, file: string): 'bert' | 'distilbert' {
  // Google's configurations and the oldest of Hugging Face do not name the type.
  const type = config.model_type ?? 'bert';
  if (type === 'bert' || type === 'distilbert') {
    return type;
  }
  throw polytagError('MODEL_TYPE_UNSUPPORTED', { file, type: JSON.stringify(type).slice(0, 40) });
}

/** The tensors that an encoder of these dimensions must have, by canonical name, with their shapes. */
export function requiredShapes(dimensions: EncoderDimensions): Map<string, readonly number[]> {
  const { hidden, intermediate, layers, words, positions, types } = dimensions;
  const shapes = new Map<string, readonly number[]>();
  const addLayer = (name: string, outputs: number, inputs: number): void => {
    shapes.set(`${name}.weight`, [outputs, inputs]).set(`${name}.bias`, [outputs]);
  };
  const addNormalization = (name: string): void => {
    shapes.set(`${name}.weight`, [hidden]).set(`${name}.bias`, [hidden]);
  };
  shapes.set('embeddings.word_embeddings.weight', [words, hidden]);
  shapes.set('embeddings.position_embeddings.weight', [positions, hidden]);
  if (types > 0) {
    shapes.set('embeddings.token_type_embeddings.weight', [types, hidden]);
  }
  addNormalization('embeddings.LayerNorm');
  for (let layer = 0; layer < layers; layer++) {
    const prefix = `encoder.layer.${layer}`;
    for (const part of ['query', 'key', 'value']) {
      addLayer(`${prefix}.attention.self.${part}`, hidden, hidden);
    }
    addLayer(`${prefix}.attention.output.dense`, hidden, hidden);
    addNormalization(`${prefix}.attention.output.LayerNorm`);
    addLayer(`${prefix}.intermediate.dense`, intermediate, hidden);
    addLayer(`${prefix}.output.dense`, hidden, intermediate);
    addNormalization(`${prefix}.output.LayerNorm`);
  }
  return shapes;
}

/**
 * The tensors that may be there beside the encoder's: the pooler, and a classifier's head. A null size is
 * free: the number of labels. DistilBERT puts `pre_classifier` and a ReLU before its classifier.
 */
export function optionalShapes({
  hidden,
  types,
}: EncoderDimensions): Map<string, readonly (number | null)[]> {
  const shapes = new Map<string, readonly (number | null)[]>([
    ['classifier.weight', [null, hidden]],
    ['classifier.bias', [null]],
  ]);
  const dense = types > 0 ? 'pooler.dense' : 'pre_classifier';
  return shapes.set(`${dense}.weight`, [hidden, hidden]).set(`${dense}.bias`, [hidden]);
}

const googleParts: Readonly<Record<string, CanonicalName>> = {
  kernel: { name: 'weight', transposed: true },
  bias: { name: 'bias', transposed: false },
  gamma: { name: 'weight', transposed: false },
  beta: { name: 'bias', transposed: false },
  word_embeddings: { name: 'word_embeddings.weight', transposed: false },
  position_embeddings: { name: 'position_embeddings.weight', transposed: false },
  token_type_embeddings: { name: 'token_type_embeddings.weight', transposed: false },
};

/**
 * The canonical name of a variable in a checkpoint of Google's BERT; null for what belongs to no encoder:
 * pre-training heads under `cls/`, optimizer slots, `global_step`. `output_weights` and `output_bias` are
 * the head of a classifier fine-tuned with Google's run_classifier.py, stored as [labels, hidden].
 */
export function fromGoogleName(variable: string): CanonicalName | null {
  if (variable === 'output_weights' || variable === 'output_bias') {
    const part = variable === 'output_weights' ? 'weight' : 'bias';
    return { name: `classifier.${part}`, transposed: false };
  }
  const path = variable.split('/');
  const last = path.at(-1) ?? '';
  if (path[0] !== 'bert' || !Object.hasOwn(googleParts, last)) {
    return null;
  }
  const { name, transposed } = googleParts[last];
  const folders = path.slice(1, -1).map((part) => part.replace(/^layer_(\d+)$/, 'layer.$1'));
  return { name: [...folders, name].join('.'), transposed };
}

const distilParts: readonly (readonly [RegExp, string])[] = [
  [/^attention\.q_lin\./, 'attention.self.query.'],
  [/^attention\.k_lin\./, 'attention.self.key.'],
  [/^attention\.v_lin\./, 'attention.self.value.'],
  [/^attention\.out_lin\./, 'attention.output.dense.'],
  [/^sa_layer_norm\./, 'attention.output.LayerNorm.'],
  [/^ffn\.lin1\./, 'intermediate.dense.'],
  [/^ffn\.lin2\./, 'output.dense.'],
  [/^output_layer_norm\./, 'output.LayerNorm.'],
];

/**
 * The canonical name of a tensor in a Hugging Face BERT or DistilBERT: without the prefix `bert.` or
 * `distilbert.`, LayerNorm's old gamma and beta as weight and bias.
 */
export function fromHuggingFaceName(tensor: string): CanonicalName {
  const name = tensor
    .replace(/^(?:bert|distilbert)\./, '')
    .replace(/\bLayerNorm\.gamma$/, 'LayerNorm.weight')
    .replace(/\bLayerNorm\.beta$/, 'LayerNorm.bias');
  const layer = /^transformer\.layer\.(\d+)\.(.*)$/.exec(name);
  if (layer === null) {
    return { name, transposed: false };
  }
  const part = distilParts.reduce(
    (text, [old, canonical]) => text.replace(old, canonical),
    layer[2],
  );
  return { name: `encoder.layer.${layer[1]}.${part}`, transposed: false };
}
