// Tiny models as folders, in every layout that is read: one set of numbers under different names.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RandomSource } from '../../../src/data/random.js';
import type { Tensor } from '../../../src/graph/index.js';
import { writeSafetensors } from '../../../src/weights/safetensors/writer.js';

export const vocabulary = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'the', 'fox', '##es', '.'];

/** hidden 4, intermediate 6, 2 layers, 10 word embeddings, 7 positions, 2 token types. */
export const bertConfig = {
  model_type: 'bert',
  hidden_size: 4,
  intermediate_size: 6,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  vocab_size: 10,
  max_position_embeddings: 7,
  type_vocab_size: 2,
  hidden_act: 'gelu',
};

export const distilConfig = {
  model_type: 'distilbert',
  dim: 4,
  hidden_dim: 6,
  n_layers: 2,
  n_heads: 2,
  vocab_size: 10,
  max_position_embeddings: 7,
  activation: 'gelu',
};

export type Tensors = Map<string, Tensor<'float32'>>;

const random = new RandomSource(11);

/** A float32 tensor of random numbers. */
export function randomTensor(...shape: readonly number[]): Tensor<'float32'> {
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  const data = Float32Array.from({ length: size }, () => random.nextFloat() - 0.5);
  return { type: 'float32', shape, data };
}

/** All tensors of the tiny BERT under canonical names, pooler included. */
export function bertTensors(): Tensors {
  const tensors: Tensors = new Map();
  const linear = (name: string, outputs: number, inputs: number): void => {
    tensors.set(`${name}.weight`, randomTensor(outputs, inputs));
    tensors.set(`${name}.bias`, randomTensor(outputs));
  };
  const normalization = (name: string): void => {
    tensors.set(`${name}.weight`, randomTensor(4)).set(`${name}.bias`, randomTensor(4));
  };
  tensors.set('embeddings.word_embeddings.weight', randomTensor(10, 4));
  tensors.set('embeddings.position_embeddings.weight', randomTensor(7, 4));
  tensors.set('embeddings.token_type_embeddings.weight', randomTensor(2, 4));
  normalization('embeddings.LayerNorm');
  for (const layer of [0, 1]) {
    const prefix = `encoder.layer.${layer}`;
    linear(`${prefix}.attention.self.query`, 4, 4);
    linear(`${prefix}.attention.self.key`, 4, 4);
    linear(`${prefix}.attention.self.value`, 4, 4);
    linear(`${prefix}.attention.output.dense`, 4, 4);
    normalization(`${prefix}.attention.output.LayerNorm`);
    linear(`${prefix}.intermediate.dense`, 6, 4);
    linear(`${prefix}.output.dense`, 4, 6);
    normalization(`${prefix}.output.LayerNorm`);
  }
  linear('pooler.dense', 4, 4);
  return tensors;
}

/** The same tensors under other names; those named null are left out. */
export function renamed(tensors: Tensors, name: (canonical: string) => string | null): Tensors {
  return new Map(
    [...tensors].flatMap(([canonical, tensor]) => {
      const other = name(canonical);
      return other === null ? [] : [[other, tensor] as const];
    }),
  );
}

/** A tensor with rows and columns swapped, the slow way. */
function transposed({ shape, data }: Tensor<'float32'>): Tensor<'float32'> {
  const [rows, columns] = shape;
  const turned = Float32Array.from(
    data,
    (_, place) => data[(place % rows) * columns + Math.floor(place / rows)],
  );
  return { type: 'float32', shape: [columns, rows], data: turned };
}

/** Google's names and orientation. */
export function googleTensors(tensors: Tensors): Tensors {
  const variables: Tensors = new Map();
  for (const [name, tensor] of tensors) {
    const isKernel = /dense\.weight|(?:query|key|value)\.weight/.test(name);
    const variable = name
      .replace(/(dense|query|key|value)\.weight$/, '$1.kernel')
      .replace('LayerNorm.weight', 'LayerNorm.gamma')
      .replace('LayerNorm.bias', 'LayerNorm.beta')
      .replace(/_embeddings\.weight$/, '_embeddings')
      .replace(/layer\.(\d)/, 'layer_$1')
      .replaceAll('.', '/');
    variables.set(`bert/${variable}`, isKernel ? transposed(tensor) : tensor);
  }
  return variables;
}

/** DistilBERT's names; it has neither token types nor a pooler. */
export function distilName(canonical: string): string | null {
  if (/token_type|pooler/.test(canonical)) {
    return null;
  }
  const name = canonical
    .replace(/attention\.self\.(.)\w+/, 'attention.$1_lin')
    .replace('attention.output.dense', 'attention.out_lin')
    .replace('attention.output.LayerNorm', 'sa_layer_norm')
    .replace('intermediate.dense', 'ffn.lin1')
    .replace(/(layer\.\d)\.output\.dense/, '$1.ffn.lin2')
    .replace(/(layer\.\d)\.output\.LayerNorm/, '$1.output_layer_norm')
    .replace('encoder.layer', 'transformer.layer');
  return `distilbert.${name}`;
}

/** Writes files into a folder, made if need be: texts and bytes as they are, lists as lines, objects as JSON. */
export function writeTexts(folder: string, files: Readonly<Record<string, unknown>>): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    const bytes = Array.isArray(content)
      ? content.map((line) => `${String(line)}\n`).join('')
      : typeof content === 'string' || content instanceof Uint8Array
        ? content
        : JSON.stringify(content);
    writeFileSync(join(folder, name), bytes);
  }
}

/** A Hugging Face folder. */
export async function writeHuggingFaceFolder(
  folder: string,
  tensors: ReadonlyMap<string, Tensor>,
  files: Readonly<Record<string, unknown>> = {
    'config.json': bertConfig,
    'vocab.txt': vocabulary,
  },
): Promise<void> {
  writeTexts(folder, files);
  await writeSafetensors(
    join(folder, 'model.safetensors'),
    [...tensors].map(([name, tensor]) => ({ ...tensor, name, read: () => tensor })),
  );
}
