// Products of matrices.
import type { Value } from '../graph-builder.js';
import { broadcastShapes, type Dimension, formatShape } from '../shape.js';
import { apply, checkTypes } from './apply.js';
import { transpose } from './shaping.js';

function productError(operation: string, left: Value, right: Value): RangeError {
  return new RangeError(
    `${operation}: shapes ${formatShape(left.shape)} and ${formatShape(right.shape)} do not multiply`,
  );
}

/** Matrix product of `[..., m, k]` and `[..., k, n]`, leading axes broadcast: `[..., m, n]`. */
export function matMul(left: Value, right: Value): Value {
  checkTypes('matMul', [left, right]);
  if (left.rank < 2 || right.rank < 2) throw productError('matMul', left, right);
  const batch = broadcastShapes(left.shape.slice(0, -2), right.shape.slice(0, -2));
  const [rows, depth] = left.shape.slice(-2);
  const [rightDepth, columns] = right.shape.slice(-2);
  if (batch === undefined || depth !== rightDepth) throw productError('matMul', left, right);
  return apply('MatMul', [left, right], { type: left.type, shape: [...batch, rows, columns] });
}

/** Options of {@link gemm} and its kin. */
export interface ProductOptions {
  /** Use the left matrix transposed; default false. */
  readonly transposeLeft?: boolean;
  /** Use the right matrix transposed; default false. */
  readonly transposeRight?: boolean;
}

/** Rows and columns of a matrix value, swapped when it is used transposed. */
function matrixSizes(value: Value, transposed = false): [Dimension, Dimension] {
  const [rows, columns] = value.shape.slice(-2);
  return transposed ? [columns, rows] : [rows, columns];
}

/** `left right + bias` of matrices `[m, k]`, `[k, n]` and an optional bias that broadcasts to `[m, n]`. */
export function gemm(
  left: Value,
  right: Value,
  bias?: Value,
  { transposeLeft = false, transposeRight = false }: ProductOptions = {},
): Value {
  checkTypes('gemm', bias === undefined ? [left, right] : [left, right, bias]);
  const [rows, depth] = matrixSizes(left, transposeLeft);
  const [rightDepth, columns] = matrixSizes(right, transposeRight);
  if (left.rank !== 2 || right.rank !== 2 || depth !== rightDepth) {
    throw productError('gemm', left, right);
  }
  const shape = [rows, columns];
  if (bias !== undefined && broadcastShapes(bias.shape, shape)?.join() !== shape.join()) {
    throw new RangeError(
      `gemm: a bias ${formatShape(bias.shape)} does not broadcast to ${formatShape(shape)}`,
    );
  }
  const attributes = { transA: Number(transposeLeft), transB: Number(transposeRight) };
  return apply('Gemm', [left, right, bias], { type: left.type, shape }, attributes);
}

/** Swaps the last two axes. */
export function transposeMatrices(x: Value): Value {
  const axes = x.shape.map((_, axis) => axis);
  return transpose(x, [...axes.slice(0, -2), x.rank - 1, x.rank - 2]);
}

/** {@link matMul} of matrices that are used transposed where the options say so, without transposed copies in float32. */
export function fusedMatMul(
  left: Value,
  right: Value,
  { transposeLeft = false, transposeRight = false }: ProductOptions,
): Value {
  const product = matMul(
    transposeLeft ? transposeMatrices(left) : left,
    transposeRight ? transposeMatrices(right) : right,
  );
  if (left.type !== 'float32') return product;
  const attributes = { transA: Number(transposeLeft), transB: Number(transposeRight) };
  return apply('FusedMatMul', [left, right], product, attributes);
}
