// A source of tensors seen under canonical names and in canonical orientation, checked against the configuration.
import { polytagError } from '../../errors/index.js';
import type { DataType, Tensor } from '../../graph/index.js';
import { quote } from '../json-reader.js';
import { findTensor, type TensorInfo, type TensorSource } from '../tensor-source.js';
import {
  type CanonicalName,
  type EncoderDimensions,
  optionalShapes,
  requiredShapes,
} from './canonical-names.js';

const realTypes: ReadonlySet<DataType> = new Set(['float64', 'float32', 'float16', 'bfloat16']);

interface Mapped extends TensorInfo {
  readonly stored: string;
  readonly transposed: boolean;
}

/**
 * The tensors of a BERT in `source`, under canonical names; what belongs to no encoder, pooler or
 * classifier is left out.
 *
 * @param translate the canonical name of a stored one; null for what is left out
 * @throws PolytagError MODEL_TENSORS_MISSING or MODEL_TENSOR_INVALID
 */
export function canonicalSource(
  source: TensorSource,
  translate: (stored: string) => CanonicalName | null,
  dimensions: EncoderDimensions,
  folder: string,
): TensorSource {
  const mapped = mapTensors(source, translate, dimensions, folder);
  const find = (name: string): Mapped => findTensor(mapped, name, folder);
  return {
    names: () => [...mapped.keys()].sort(),
    info: (name) => {
      const { type, shape } = find(name);
      return { type, shape };
    },
    read: async (name) => {
      const { stored, transposed } = find(name);
      const tensor = await source.read(stored);
      return transposed ? transpose(tensor) : tensor;
    },
    close: () => source.close(),
  };
}

function mapTensors(
  source: TensorSource,
  translate: (stored: string) => CanonicalName | null,
  dimensions: EncoderDimensions,
  folder: string,
): Map<string, Mapped> {
  const required = requiredShapes(dimensions);
  const allowed = new Map<string, readonly (number | null)[]>([
    ...required,
    ...optionalShapes(dimensions),
  ]);
  if (hasOtherHead(source, dimensions)) {
    allowed.delete('classifier.weight');
    allowed.delete('classifier.bias');
  }
  const mapped = new Map<string, Mapped>();
  for (const stored of source.names()) {
    const target = translate(stored);
    const expected = target === null ? undefined : allowed.get(target.name);
    if (target === null || expected === undefined) {
      continue;
    }
    const { type, shape } = source.info(stored);
    const turned = target.transposed ? shape.toReversed() : shape;
    const other = mapped.get(target.name)?.stored;
    if (other !== undefined) {
      throw invalid(folder, stored, `is there under the name ${quote(other)} too`);
    }
    if (!realTypes.has(type)) {
      throw invalid(folder, stored, `has the type ${type}, expected floating-point numbers`);
    }
    if (!fits(turned, expected)) {
      const wanted = target.transposed ? expected.toReversed() : expected;
      const shown = wanted.map((size) => size ?? 'labels').join(', ');
      throw invalid(folder, stored, `has the shape [${shape.join(', ')}], expected [${shown}]`);
    }
    mapped.set(target.name, { type, shape: turned, stored, transposed: target.transposed });
  }
  refuseMissing(
    [...required.keys()].filter((name) => !mapped.has(name)),
    folder,
  );
  refuseHalves(mapped, folder);
  return mapped;
}

/** A head over other features than the pooler's, as polytag trains them, is no part of the encoder. */
function hasOtherHead(source: TensorSource, { hidden }: EncoderDimensions): boolean {
  const names = new Set(source.names());
  return (
    names.has('bert.embeddings.word_embeddings.weight') &&
    names.has('classifier.weight') &&
    !fits(source.info('classifier.weight').shape, [null, hidden])
  );
}

function fits(shape: readonly number[], expected: readonly (number | null)[]): boolean {
  return (
    shape.length === expected.length &&
    shape.every((size, axis) => size === (expected[axis] ?? size) && size > 0)
  );
}

function refuseMissing(missing: readonly string[], folder: string): void {
  if (missing.length > 0) {
    const more = missing.length > 3 ? ` and ${missing.length - 3} more` : '';
    throw polytagError('MODEL_TENSORS_MISSING', {
      folder,
      tensors: `${missing.slice(0, 3).join(', ')}${more}`,
    });
  }
}

/** A pooler or classifier is used whole or not at all: a weight without its bias would go unnoticed. */
function refuseHalves(mapped: ReadonlyMap<string, Mapped>, folder: string): void {
  for (const part of ['pooler.dense', 'pre_classifier', 'classifier']) {
    const weight = mapped.get(`${part}.weight`);
    const bias = mapped.get(`${part}.bias`);
    if ((weight === undefined) !== (bias === undefined)) {
      refuseMissing([`${part}.${weight === undefined ? 'weight' : 'bias'}`], folder);
    }
    if (weight !== undefined && bias !== undefined && weight.shape[0] !== bias.shape[0]) {
      throw invalid(
        folder,
        bias.stored,
        `has ${bias.shape[0]} numbers for ${weight.shape[0]} rows`,
      );
    }
  }
}

const tileSize = 32;

/** Rows and columns of a matrix swapped; tile by tile, so that both sides stay in the processor's cache. */
function transpose({ type, shape, data }: Tensor): Tensor {
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    throw new Error('weights are floating-point numbers');
  }
  const [rows, columns] = shape;
  const turned = data.slice();
  for (let top = 0; top < rows; top += tileSize) {
    const bottom = Math.min(top + tileSize, rows);
    for (let left = 0; left < columns; left += tileSize) {
      const right = Math.min(left + tileSize, columns);
      for (let column = left; column < right; column++) {
        for (let row = top; row < bottom; row++) {
          turned[column * rows + row] = data[row * columns + column];
        }
      }
    }
  }
  return { type, shape: [columns, rows], data: turned };
}

function invalid(folder: string, stored: string, problem: string): Error {
  return polytagError('MODEL_TENSOR_INVALID', { folder, tensor: quote(stored), problem });
}
