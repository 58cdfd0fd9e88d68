// A copy of an inference graph with int8 weights: a quarter of the size, a multiple of the speed.
import type { GraphBuilder, Node, Value } from './graph-builder.js';
import { GraphCopy } from './graph-copy.js';
import { collectLive } from './model-message.js';
import { cast } from './operations/apply.js';
import { multiply } from './operations/elementwise.js';
import { gather } from './operations/indexing.js';
import type { Tensor } from './tensor.js';

/** How {@link quantizeModel} rounds. */
export interface QuantizationOptions {
  /**
   * Bits of a weight: 8 by default. 7 costs some accuracy, but rules out that sums of two products
   * overflow 16 bits on x86 processors without VNNI (with 8, fewer than 1 in 1,000 sums of a BERT do).
   */
  readonly weightBits?: 7 | 8;
  /** Weights, by name, that stay in float32. Default: none. */
  readonly keep?: (name: string) => boolean;
}

/** Tables with fewer elements than this stay in float32: they are not worth two more nodes. */
const SMALLEST_TABLE = 65_536;

/**
 * A copy of `graph` in which products with constant float32 matrices are computed in int8, with a scale
 * for each column and activations rounded to uint8 by their range at run time, and large lookup tables
 * are held in int8, with a scale for each row. The copy cannot be differentiated.
 */
export function quantizeModel(
  graph: GraphBuilder,
  options: QuantizationOptions = {},
): GraphBuilder {
  const copying = new GraphCopy(graph);
  const { weightBits = 8, keep = () => false } = options;
  const limit = 2 ** (weightBits - 1) - 1;
  for (const node of collectLive(graph).nodes) {
    copying.inScopeOf(node, () => {
      const weight = constantMatrix(node);
      const replacement =
        weight === undefined || keep(weight.name)
          ? undefined
          : quantizeNode(node, weight, copying, limit);
      copying.replace(node, replacement ?? copying.repeat(node));
    });
  }
  copying.finish();
  return copying.copy;
}

/** A float32 matrix whose numbers are known. */
interface ConstantMatrix {
  readonly name: string;
  readonly tensor: Tensor<'float32'>;
}

/** The matrix that a node multiplies with or looks up in, if it is constant. */
function constantMatrix({ operator, inputs, attributes }: Node): ConstantMatrix | undefined {
  const isLookup = operator === 'Gather' && attributes.axis === 0;
  const isProduct = operator === 'MatMul' || (operator === 'Gemm' && attributes.transA === 0);
  const value = isLookup ? inputs[0] : isProduct ? inputs[1] : undefined;
  if (value?.rank !== 2 || value.tensor?.type !== 'float32') return undefined;
  return { name: value.name, tensor: value.tensor as Tensor<'float32'> };
}

/** The outputs that stand in for those of `node`, or undefined where int8 does not apply. */
function quantizeNode(
  { operator, inputs: [first, second, third], attributes, outputs }: Node,
  { name, tensor }: ConstantMatrix,
  copying: GraphCopy,
  limit: number,
): readonly Value[] | undefined {
  if (first === undefined || second === undefined) return undefined;
  if (operator === 'Gather') {
    if (tensor.data.length < SMALLEST_TABLE) return undefined;
    const { integers, scales } = roundLines(tensor, 0, limit);
    const places = copying.of(second);
    const rows = gather(copying.weight(`${name}.int8`, integers), places);
    const column = { ...scales, shape: [tensor.shape[0], 1] };
    const factors = gather(copying.weight(`${name}.scales`, column), places);
    return [multiply(cast(rows, 'float32'), factors)];
  }
  if (third !== undefined && third.rank !== 1) return undefined;
  const isTransposed = attributes.transB === 1;
  const { integers, scales } = roundLines(tensor, isTransposed ? 0 : 1, limit);
  const inputs = [
    copying.of(first),
    copying.weight(`${name}.int8`, isTransposed ? transposed(integers) : integers),
    copying.weight(`${name}.scales`, scales),
    undefined,
    third && copying.of(third),
  ];
  return copying.copy.addNode('DynamicQuantizeMatMul', inputs, outputs);
}

/** A matrix as int8 in -limit..limit times a scale for each index of `axis`. */
function roundLines(
  { shape, data }: Tensor<'float32'>,
  axis: 0 | 1,
  limit: number,
): { integers: Tensor<'int8'>; scales: Tensor<'float32'> } {
  const [rows, columns] = shape;
  const scales = new Float32Array(shape[axis]);
  for (let row = 0, place = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, place++) {
      const line = axis === 0 ? row : column;
      scales[line] = Math.max(scales[line], Math.abs(data[place]));
    }
  }
  // A line of zeros may have any scale but 0.
  scales.forEach((largest, line) => {
    scales[line] = largest === 0 ? 1 : largest / limit;
  });
  const integers = new Int8Array(data.length);
  for (let row = 0, place = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, place++) {
      integers[place] = Math.round(data[place] / scales[axis === 0 ? row : column]);
    }
  }
  return {
    integers: { type: 'int8', shape, data: integers },
    scales: { type: 'float32', shape: [scales.length], data: scales },
  };
}

function transposed({ type, shape: [rows, columns], data }: Tensor<'int8'>): Tensor<'int8'> {
  const result = new Int8Array(data.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      result[column * rows + row] = data[row * columns + column];
    }
  }
  return { type, shape: [columns, rows], data: result };
}
