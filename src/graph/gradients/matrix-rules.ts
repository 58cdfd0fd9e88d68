// Gradient rules of matrix products, reductions and normalizations.
import type { Value } from '../graph-builder.js';
import type { OperatorName } from '../operators.js';
import { cast, scalarLike } from '../operations/apply.js';
import { add, divide, exp, multiply, sqrt, subtract } from '../operations/elementwise.js';
import { fusedMatMul, gemm, transposeMatrices } from '../operations/linear-algebra.js';
import { equal } from '../operations/logic.js';
import { reduceMean, reduceSum } from '../operations/reduction.js';
import { expand, reshape, sizeOf, transpose } from '../operations/shaping.js';
import { divideDimensions, multiplyDimensions } from '../shape.js';
import {
  type Application,
  constantIntegers,
  floatAttribute,
  type GradientRule,
  integerAttribute,
  sumToShape,
} from './rule.js';

const matMulRule: GradientRule = ({ inputs: [left, right] }, g) => {
  if (right.rank > 2) {
    return [
      sumToShape(fusedMatMul(g, right, { transposeRight: true }), left.shape),
      sumToShape(sumOverMatrixRows(left, g), right.shape),
    ];
  }
  // A weight meets all rows of all leading axes at once: two matrices, no transposed copies.
  const [depth, columns] = right.shape;
  const rows = reshape(left, [-1, depth]);
  const rowGradients = reshape(g, [-1, columns]);
  return [
    reshape(gemm(rowGradients, right, undefined, { transposeRight: true }), left.shape),
    sumOverRows(rows, rowGradients),
  ];
};

/**
 * left^T right of `[rows, m]` and `[rows, n]`: what every row adds to the gradient of a weight. ONNX Runtime's product
 * of a transposed left matrix takes up to 1.6 times as long as a plain one, so that the narrower of the two is
 * transposed beforehand; where that is the right one, the product comes out transposed. Equally wide, it is the
 * one whose transpose other weights may share: the input.
 */
function sumOverRows(left: Value, right: Value): Value {
  const [leftWidth, rightWidth] = [Number(left.shape[1]), Number(right.shape[1])];
  return leftWidth < rightWidth
    ? gemm(transposeCopy(left), right)
    : transposeCopy(gemm(transposeCopy(right), left));
}

/** {@link sumOverRows} of several matrices: here copies do not pay, but the narrower one is still better transposed. */
function sumOverMatrixRows(left: Value, right: Value): Value {
  const [leftWidth, rightWidth] = [left, right].map(({ shape }) => shape[shape.length - 1]);
  // A size known at run time only, such as a number of tokens, is taken for the larger.
  const isRightNarrower = typeof rightWidth === 'number' && !(Number(leftWidth) <= rightWidth);
  return isRightNarrower
    ? transposeMatrices(fusedMatMul(right, left, { transposeLeft: true }))
    : fusedMatMul(left, right, { transposeLeft: true });
}

/** `x` transposed for good. Between changes of shape ONNX Runtime does not see that a product could do it. */
function transposeCopy(x: Value): Value {
  const [rows, columns] = x.shape;
  return reshape(transpose(reshape(x, [1, rows, columns]), [0, 2, 1]), [columns, rows]);
}

const gemmRule: GradientRule = (application, g) => {
  const [left, right] = application.inputs;
  const bias = application.inputs.at(2);
  const leftTransposed = integerAttribute(application, 'transA') === 1;
  const rightTransposed = integerAttribute(application, 'transB') === 1;
  const slopeOfRight = (): Value => {
    if (leftTransposed) {
      return rightTransposed
        ? gemm(g, left, undefined, { transposeLeft: true, transposeRight: true })
        : gemm(left, g);
    }
    return rightTransposed ? sumOverRows(g, left) : sumOverRows(left, g);
  };
  return [
    leftTransposed
      ? gemm(right, g, undefined, { transposeLeft: rightTransposed, transposeRight: true })
      : gemm(g, right, undefined, { transposeRight: !rightTransposed }),
    slopeOfRight(),
    ...(bias === undefined ? [] : [sumToShape(g, bias.shape)]),
  ];
};

/** `value`, a reduction's output or its gradient, with the reduced axes back at size 1. */
function keepReducedAxes(application: Application, value: Value): Value {
  const [x, axes] = application.inputs;
  const reduced = new Set(constantIntegers(application, axes));
  return reshape(
    value,
    x.shape.map((size, axis) => (reduced.has(axis) ? 1 : size)),
  );
}

/** How many elements went into each of a reduction's results, in the type of `z`. */
function reducedCount(x: Value, z: Value): Value {
  const count = divideDimensions(multiplyDimensions(x.shape), multiplyDimensions(z.shape));
  if (count === undefined) throw new Error(`${z.name}: a mean over axes that it does not lack`);
  if (typeof count === 'number') return scalarLike(z, count);
  return cast(reshape(sizeOf(z.graph, count), []), z.type);
}

const extremeReductionRule: GradientRule = (application, g) => {
  const [x] = application.inputs;
  const z = keepReducedAxes(application, application.outputs[0]);
  const isExtreme = cast(equal(x, z), x.type);
  const axes = constantIntegers(application, application.inputs[1]);
  const ties = reduceSum(isExtreme, { axes, keepAxes: true });
  return [multiply(isExtreme, divide(keepReducedAxes(application, g), ties))];
};

/** Mean and 1 / standard deviation of the last axis: outputs of the node itself in float32. */
function layerStatistics(application: Application): { mean: Value; inverseDeviation: Value } {
  const [x] = application.inputs;
  if (application.outputs.length === 3) {
    return { mean: application.outputs[1], inverseDeviation: application.outputs[2] };
  }
  const mean = reduceMean(x, { axes: [-1], keepAxes: true });
  const centred = subtract(x, mean);
  const variance = reduceMean(multiply(centred, centred), { axes: [-1], keepAxes: true });
  const epsilon = Math.fround(floatAttribute(application, 'epsilon'));
  return { mean, inverseDeviation: divide(1, sqrt(add(variance, epsilon))) };
}

/**
 * With n the normalized x, a = g scale the gradient with respect to n and H the size of the axis:
 * (a - sum(a) / H - n sum(a n) / H) / deviation. The sums over the axis are products with the scale as a column, of g
 * and of g n, which the gradient of the scale needs as well.
 */
const layerNormalizationRule: GradientRule = (application, g) => {
  const [x, scale, bias] = application.inputs;
  const { mean, inverseDeviation } = layerStatistics(application);
  const normalized = multiply(subtract(x, mean), inverseDeviation);
  const product = multiply(g, normalized);
  const column = reshape(divide(scale, reducedCount(x, mean)), [-1, 1]);
  const average = (value: Value): Value =>
    reshape(gemm(reshape(value, [-1, x.shape[x.rank - 1]]), column), mean.shape);
  const removed = add(multiply(normalized, average(product)), average(g));
  return [
    multiply(subtract(multiply(g, scale), removed), inverseDeviation),
    sumToShape(product, scale.shape),
    sumToShape(g, bias.shape),
  ];
};

export const matrixRules = {
  MatMul: matMulRule,
  Gemm: gemmRule,
  ReduceSum: (application, g) => [
    expand(keepReducedAxes(application, g), application.inputs[0].shape),
  ],
  ReduceMean: (application, g) => {
    const [x] = application.inputs;
    const share = divide(keepReducedAxes(application, g), reducedCount(x, application.outputs[0]));
    return [expand(share, x.shape)];
  },
  ReduceSumSquare: (application, g) => {
    const [x] = application.inputs;
    return [multiply(x, multiply(keepReducedAxes(application, g), 2))];
  },
  ReduceMax: extremeReductionRule,
  ReduceMin: extremeReductionRule,
  Softmax: (application, g) => {
    const [z] = application.outputs;
    const axes = [integerAttribute(application, 'axis')];
    return [multiply(z, subtract(g, reduceSum(multiply(g, z), { axes, keepAxes: true })))];
  },
  LogSoftmax: (application, g) => {
    const axes = [integerAttribute(application, 'axis')];
    const sum = reduceSum(g, { axes, keepAxes: true });
    return [subtract(g, multiply(exp(application.outputs[0]), sum))];
  },
  LayerNormalization: layerNormalizationRule,
} satisfies Partial<Record<OperatorName, GradientRule>>;
