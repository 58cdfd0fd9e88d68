// The file of a baseline: a safetensors file with its n-grams, their counts, weights and intercepts.
import { polytagError } from '../errors/index.js';
import type { DataType, Tensor } from '../graph/index.js';
import { openSafetensors, type TensorSource, writeSafetensors } from '../weights/index.js';
import { BUCKETS, BUCKETS_OF_A_KIND } from './ngrams.js';
import { FEATURE_MASK } from './sparse-rows.js';
import type { Vocabulary } from './vocabulary.js';

/** All that a baseline knows. */
export interface BaselineParameters {
  readonly vocabulary: Vocabulary;
  /** `[features, labels]`: one a TF-IDF value. */
  readonly weights: Float32Array;
  /** `[labels]`. */
  readonly intercepts: Float32Array;
}

const FORMAT = 'polytag linear baseline 1';

/** Writes `path` as a whole or not at all. @throws PolytagError as `writeSafetensors` does */
export async function writeBaselineFile(
  path: string,
  { vocabulary, weights, intercepts }: BaselineParameters,
): Promise<void> {
  const features = vocabulary.buckets.length;
  const tensors: Record<string, Tensor> = {
    buckets: { type: 'int32', shape: [features], data: vocabulary.buckets },
    document_counts: { type: 'int32', shape: [features], data: vocabulary.documentCounts },
    weights: { type: 'float32', shape: [features, intercepts.length], data: weights },
    intercepts: { type: 'float32', shape: [intercepts.length], data: intercepts },
  };
  await writeSafetensors(
    path,
    Object.entries(tensors).map(([name, tensor]) => ({ ...tensor, name, read: () => tensor })),
    {
      format: FORMAT,
      rows: String(vocabulary.rows),
      word_features: String(vocabulary.wordFeatures),
    },
  );
}

/**
 * Reads what `writeBaselineFile` wrote, believing nothing.
 *
 * @throws PolytagError BASELINE_INVALID, or as `openSafetensors` does
 */
export async function readBaselineFile(path: string): Promise<BaselineParameters> {
  const file = await openSafetensors(path);
  try {
    const refuse = (problem: string): never => {
      throw polytagError('BASELINE_INVALID', { file: path, problem });
    };
    if (file.metadata.get('format') !== FORMAT) refuse(`its header does not say "${FORMAT}"`);
    const reader = new BaselineReader(file, refuse);
    const buckets = await reader.read('buckets', 'int32', [null]);
    const features = buckets.length;
    const intercepts = await reader.read('intercepts', 'float32', [null]);
    const vocabulary: Vocabulary = {
      buckets,
      documentCounts: await reader.read('document_counts', 'int32', [features]),
      wordFeatures: Number(file.metadata.get('word_features')),
      rows: Number(file.metadata.get('rows')),
    };
    checkVocabulary(vocabulary, refuse);
    const weights = await reader.read('weights', 'float32', [features, intercepts.length]);
    if (![weights, intercepts].every((values) => values.every(Number.isFinite))) {
      refuse('a weight is not a number');
    }
    return { vocabulary, weights, intercepts };
  } finally {
    await file.close();
  }
}

type Refuse = (problem: string) => never;

/** Reads tensors of announced types and shapes. */
class BaselineReader {
  constructor(
    private readonly file: TensorSource,
    private readonly refuse: Refuse,
  ) {}

  /** @param shape the sizes expected; null for any */
  async read<Type extends 'int32' | 'float32'>(
    name: string,
    type: Type,
    shape: readonly (number | null)[],
  ): Promise<Tensor<Type>['data']> {
    if (!this.file.names().includes(name)) return this.refuse(`it has no tensor ${name}`);
    const info = this.file.info(name);
    const fits =
      info.shape.length === shape.length &&
      info.shape.every((size, axis) => shape[axis] === null || shape[axis] === size);
    if (info.type !== type || !fits) {
      return this.refuse(
        `its tensor ${name} is ${info.type} [${info.shape.join()}]; expected ${type} [${shape.map((size) => size ?? 'any').join()}]`,
      );
    }
    const tensor = await this.file.read(name);
    return isOfType(tensor, type) ? tensor.data : this.refuse(`its tensor ${name} is damaged`);
  }
}

function isOfType<Type extends DataType>(tensor: Tensor, type: Type): tensor is Tensor<Type> {
  return tensor.type === type;
}

function checkVocabulary(vocabulary: Vocabulary, refuse: Refuse): void {
  const { buckets, documentCounts, wordFeatures, rows } = vocabulary;
  const isCount = (value: number, highest: number): boolean =>
    Number.isInteger(value) && value >= 0 && value <= highest;
  if (!isCount(rows, 2 ** 30)) refuse('its number of rows is impossible');
  if (!isCount(wordFeatures, buckets.length)) refuse('its number of words is impossible');
  if (buckets.length > FEATURE_MASK) refuse(`it has ${buckets.length} n-grams, which is too many`);
  const seen = new Uint8Array(BUCKETS);
  buckets.forEach((bucket, feature) => {
    const isWord = feature < wordFeatures;
    const first = isWord ? BUCKETS_OF_A_KIND : 0;
    const isOfItsKind = bucket >= first && bucket < first + BUCKETS_OF_A_KIND;
    if (!isOfItsKind || seen[bucket] === 1) refuse(`its n-gram ${feature} is out of place`);
    seen[bucket] = 1;
    if (!isCount(documentCounts[feature], rows)) {
      refuse(`its n-gram ${feature} occurs in an impossible number of rows`);
    }
  });
}
