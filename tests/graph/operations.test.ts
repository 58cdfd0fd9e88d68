// Every differentiable operation, forward and backward, in float64.
import { describe, expect, it } from 'vitest';
import * as ops from '../../src/graph/index.js';
import {
  GraphBuilder,
  gradients,
  type Tensor,
  tensorOf,
  type Value,
} from '../../src/graph/index.js';
import { gradientRules, NO_RULE, NOT_DIFFERENTIABLE } from '../../src/graph/gradients/rules.js';
import { type OperatorName, operators } from '../../src/graph/operators.js';
import { checkOperation, type OperationCase } from './gradient-check.js';
import { runGraph } from './run-graph.js';

function tensor(shape: readonly number[], values: readonly number[]): Tensor<'float64'> {
  return tensorOf('float64', shape, values);
}

/** 0.3, -0.7, 1.1 ... : no zeros, no ties, no kinks near. */
const SIX = [0.3, -0.7, 1.1, -1.6, 2.4, -0.2];
const POSITIVE = [0.3, 0.7, 1.1, 1.6, 2.4, 0.2];
const x23 = tensor([2, 3], SIX);
const y3 = tensor([3], [0.5, -1.25, 2]);
const y21 = tensor([2, 1], [0.8, -1.5]);
const positive23 = tensor([2, 3], POSITIVE);

/** erf by its Taylor series, for |x| up to about 3. */
function erfSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < 80; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

function mapping(
  name: string,
  build: (x: Value) => Value,
  reference: (x: number) => number,
  values: readonly number[] = SIX,
): OperationCase {
  return { name, build, inputs: [tensor([2, 3], values)], expected: values.map(reference) };
}

/** The same operator with shapes [2, 3] and [2, 3], [3], [2, 1], and a number. */
function combining(
  name: string,
  build: (left: ops.Operand, right: ops.Operand) => Value,
  reference: (left: number, right: number) => number,
  left: Tensor<'float64'> = x23,
): OperationCase[] {
  const a = Array.from(left.data);
  const same = tensor([2, 3], [1.5, 0.25, -0.75, 2.5, -1.2, 0.6]);
  return [
    {
      name: `${name}, same shapes`,
      build,
      inputs: [left, same],
      expected: a.map((value, i) => reference(value, same.data[i])),
    },
    {
      name: `${name}, a row broadcast`,
      build,
      inputs: [left, y3],
      expected: a.map((value, i) => reference(value, y3.data[i % 3])),
    },
    {
      name: `${name}, a column broadcast`,
      build,
      inputs: [left, y21],
      expected: a.map((value, i) => reference(value, y21.data[Math.floor(i / 3)])),
    },
    {
      name: `${name}, a number on the right`,
      build: (x) => build(x, 3),
      inputs: [left],
      expected: a.map((value) => reference(value, 3)),
    },
    {
      name: `${name}, a number on the left`,
      build: (x) => build(0.75, x),
      inputs: [left],
      expected: a.map((value) => reference(0.75, value)),
    },
  ];
}

function indices(like: Value, shape: readonly number[], values: readonly number[]): Value {
  return like.graph.constant(tensorOf('int64', shape, values));
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const rows = (values: readonly number[]): number[][] => [values.slice(0, 3), values.slice(3)];
const softmaxOf = (row: readonly number[]): number[] => {
  const powers = row.map(Math.exp);
  return powers.map((value) => value / sum(powers));
};
const product = (a: number[][], b: number[][]): number[][] =>
  a.map((row) => b[0].map((_, column) => sum(row.map((value, i) => value * b[i][column]))));
const x32 = tensor([3, 2], [0.9, -0.4, 1.3, 0.2, -1.7, 0.6]);
const matrix32 = [
  [0.9, -0.4],
  [1.3, 0.2],
  [-1.7, 0.6],
];
const products = product(rows(SIX), matrix32);
const cube = tensor(
  [2, 2, 3],
  Array.from({ length: 12 }, (_, i) => Math.cos(3 * i)),
);
const cubeValues = Array.from(cube.data);
const cubeProducts = [cubeValues.slice(0, 6), cubeValues.slice(6)].flatMap((block) =>
  product(rows(block), matrix32).flat(),
);
const [m1, m2] = rows(SIX).map((row) => sum(row) / 3);
const normalized = rows(SIX).flatMap((row) => {
  const mean = sum(row) / 3;
  const variance = sum(row.map((value) => (value - mean) ** 2)) / 3;
  return row.map((value) => (value - mean) / Math.sqrt(variance + Math.fround(1e-5)));
});

const elementwise: OperationCase[] = [
  ...combining('add', ops.add, (a, b) => a + b),
  ...combining('subtract', ops.subtract, (a, b) => a - b),
  ...combining('multiply', ops.multiply, (a, b) => a * b),
  ...combining('divide', ops.divide, (a, b) => a / b),
  ...combining('power', ops.power, (a, b) => a ** b, positive23),
  ...combining('minimum', ops.minimum, Math.min),
  ...combining('maximum', ops.maximum, Math.max),
  mapping(
    'power 2 of negative numbers',
    (x) => ops.power(x, 2),
    (x) => x * x,
  ),
  mapping('negate', ops.negate, (x) => -x),
  mapping('absolute', ops.absolute, Math.abs),
  mapping('sqrt', ops.sqrt, Math.sqrt, POSITIVE),
  mapping('exp', ops.exp, Math.exp),
  mapping('log', ops.log, Math.log, POSITIVE),
  mapping('tanh', ops.tanh, Math.tanh),
  mapping('sigmoid', ops.sigmoid, (x) => 1 / (1 + Math.exp(-x))),
  mapping('relu', ops.relu, (x) => Math.max(x, 0)),
  mapping('erf', ops.erf, erfSeries),
  mapping('erf at 0', ops.erf, erfSeries, [0, 0.01, -0.01, 1e-9, 3, -3]),
  mapping('gelu', ops.gelu, (x) => 0.5 * x * (1 + erfSeries(x / Math.SQRT2))),
  mapping('softplus', ops.softplus, (x) => Math.log1p(Math.exp(x))),
  mapping('softplus, far out', ops.softplus, (x) => Math.max(x, 0), [800, -800, 60, -60, 50, -50]),
  mapping('logSigmoid', ops.logSigmoid, (x) => -Math.log1p(Math.exp(-x))),
  mapping(
    'logSigmoid, far out',
    ops.logSigmoid,
    (x) => Math.min(x, 0),
    [800, -800, 60, -60, 50, -50],
  ),
  mapping(
    'where',
    (x) => ops.where(ops.greater(x, 0), ops.multiply(x, 3), ops.exp(x)),
    (x) => (x > 0 ? 3 * x : Math.exp(x)),
  ),
  {
    name: 'where, broadcast both ways',
    inputs: [y3, y21],
    build: (x, y) => ops.where(ops.less(ops.add(x, y), 0), x, y),
    expected: [0.8, -1.25, 0.8, 0.5, -1.25, -1.5],
  },
  mapping(
    'cast there and back',
    (x) => ops.multiply(x, ops.cast(ops.greaterOrEqual(x, 1), x.type)),
    (x) => (x >= 1 ? x : 0),
  ),
];

const matrices: OperationCase[] = [
  { name: 'matMul', inputs: [x23, x32], build: ops.matMul, expected: products.flat() },
  {
    name: 'matMul, a weight under leading axes',
    inputs: [cube, x32],
    build: ops.matMul,
    expected: cubeProducts,
  },
  {
    name: 'matMul, batched on both sides',
    inputs: [cube, tensor([2, 3, 2], [...x32.data, ...x32.data])],
    build: ops.matMul,
    expected: cubeProducts,
  },
  {
    name: 'matMul, batch broadcast',
    inputs: [cube, tensor([1, 3, 2], Array.from(x32.data))],
    build: ops.matMul,
    expected: cubeProducts,
  },
  {
    name: 'matMul, batched, to more columns',
    inputs: [tensor([2, 3, 2], [...x32.data, ...SIX]), tensor([2, 2, 3], [...SIX, ...SIX])],
    build: ops.matMul,
    expected: [matrix32, [SIX.slice(0, 2), SIX.slice(2, 4), SIX.slice(4)]].flatMap((block) =>
      product(block, rows(SIX)).flat(),
    ),
  },
  {
    name: 'gemm to more columns',
    inputs: [x32, x23],
    build: (a, b) => ops.gemm(a, b),
    expected: product(matrix32, rows(SIX)).flat(),
  },
  {
    name: 'gemm to more columns, right transposed',
    inputs: [x32, x32],
    build: (a, b) => ops.gemm(a, b, undefined, { transposeRight: true }),
    expected: matrix32.flatMap((row) =>
      matrix32.map((column) => row[0] * column[0] + row[1] * column[1]),
    ),
  },
  {
    name: 'gemm with a bias',
    inputs: [x23, x32, tensor([2], [0.1, -0.2])],
    build: (a, b, c) => ops.gemm(a, b, c),
    expected: products.flatMap((row) => [row[0] + 0.1, row[1] - 0.2]),
  },
  {
    name: 'gemm, both transposed',
    inputs: [x32, x23],
    build: (a, b) => ops.gemm(a, b, undefined, { transposeLeft: true, transposeRight: true }),
    expected: [0, 1].flatMap((i) => [0, 1].map((j) => products[j][i])),
  },
  {
    name: 'gemm, left transposed',
    inputs: [x32, x32],
    build: (a, b) => ops.gemm(a, b, undefined, { transposeLeft: true }),
    expected: [5.39, -1.12, -1.12, 0.56],
  },
  {
    name: 'gemm, right transposed',
    inputs: [x23, x23],
    build: (a, b) => ops.gemm(a, b, undefined, { transposeRight: true }),
    expected: [1.79, -2.38, -2.38, 8.36],
  },
  {
    name: 'softmax',
    inputs: [x23],
    build: (x) => ops.softmax(x),
    expected: rows(SIX).flatMap(softmaxOf),
  },
  {
    name: 'softmax over the first axis',
    inputs: [x32],
    build: (x) => ops.softmax(ops.transpose(x, [1, 0]), 0),
    expected: [0, 1].flatMap((column) => [0, 1, 2].map((row) => softmaxOf(matrix32[row])[column])),
  },
  {
    name: 'logSoftmax',
    inputs: [x23],
    build: (x) => ops.logSoftmax(x),
    expected: rows(SIX).flatMap((row) => softmaxOf(row).map(Math.log)),
  },
  {
    name: 'layerNormalization',
    inputs: [x23, y3, tensor([3], [0.1, 0.2, -0.3])],
    build: (x, scale, bias) => ops.layerNormalization(x, scale, bias, 1e-5),
    expected: normalized.map((value, i) => value * y3.data[i % 3] + [0.1, 0.2, -0.3][i % 3]),
  },
  { name: 'reduceSum of all', inputs: [x23], build: (x) => ops.reduceSum(x), expected: [sum(SIX)] },
  {
    name: 'reduceSum over rows',
    inputs: [x23],
    build: (x) => ops.reduceSum(x, { axes: [0] }),
    expected: [-1.3, 1.7, 0.9],
  },
  {
    name: 'reduceMean over columns, axis kept',
    inputs: [x23],
    build: (x) => ops.reduceMean(x, { axes: [-1], keepAxes: true }),
    expected: [m1, m2],
  },
  {
    name: 'reduceSumSquare',
    inputs: [x23],
    build: (x) => ops.reduceSumSquare(x, { axes: [1] }),
    expected: [1.79, 8.36],
  },
  {
    name: 'reduceMax',
    inputs: [x23],
    build: (x) => ops.reduceMax(x, { axes: [1] }),
    expected: [1.1, 2.4],
  },
  { name: 'reduceMin of all', inputs: [x23], build: (x) => ops.reduceMin(x), expected: [-1.6] },
];

const [a, b, c, d, e, f] = SIX;
const shaping: OperationCase[] = [
  { name: 'reshape', inputs: [x23], build: (x) => ops.reshape(x, [3, -1]), expected: SIX },
  {
    name: 'transpose',
    inputs: [cube],
    build: (x) => ops.transpose(x, [2, 0, 1]),
    expected: [0, 1, 2].flatMap((k) => [0, 3, 6, 9].map((offset) => cubeValues[offset + k])),
  },
  {
    name: 'expand',
    inputs: [y21],
    build: (x) => ops.expand(x, [2, 2, 3]),
    expected: [0, 1].flatMap(() => [0.8, 0.8, 0.8, -1.5, -1.5, -1.5]),
  },
  {
    name: 'concat of an input with itself and another',
    inputs: [x23, y21],
    build: (x, y) => ops.concat([x, y, x], 1),
    expected: [a, b, c, 0.8, a, b, c, d, e, f, -1.5, d, e, f],
  },
  {
    name: 'split, one part unused',
    inputs: [x23],
    build: (x) => ops.split(x, 1, [1, 2])[1],
    expected: [b, c, e, f],
  },
  {
    name: 'split, parts used twice',
    inputs: [x23],
    build: (x) => {
      const [first, second, third] = ops.split(x, 1, [1, 1, 1]);
      return ops.add(ops.multiply(first, first), ops.multiply(second, third));
    },
    expected: [a * a + b * c, d * d + e * f],
  },
  {
    name: 'slice from the middle',
    inputs: [x23],
    build: (x) => ops.slice(x, 1, { start: 1, end: 2 }),
    expected: [b, e],
  },
  {
    name: 'slice from the end',
    inputs: [x23],
    build: (x) => ops.slice(x, -1, { start: -2 }),
    expected: [b, c, e, f],
  },
  {
    name: 'squeeze and unsqueeze',
    inputs: [y21],
    build: (x) => ops.unsqueeze(ops.squeeze(x, [1]), [0, -1]),
    expected: [0.8, -1.5],
  },
  {
    name: 'gather with repeated rows',
    inputs: [x32],
    build: (x) => ops.gather(x, indices(x, [2, 2], [2, 0, 2, 2])),
    expected: [-1.7, 0.6, 0.9, -0.4, -1.7, 0.6, -1.7, 0.6],
  },
  {
    name: 'gather along the last axis',
    inputs: [cube],
    build: (x) => ops.gather(x, indices(x, [2], [2, 0]), 2),
    expected: [0, 3, 6, 9].flatMap((offset) => [cubeValues[offset + 2], cubeValues[offset]]),
  },
  { name: 'take', inputs: [x23], build: (x) => ops.take(x, 1, 1), expected: [b, e] },
  {
    name: 'gatherElements',
    inputs: [x23],
    build: (x) => ops.gatherElements(x, indices(x, [2, 2], [2, 2, 0, 1]), 1),
    expected: [c, c, d, e],
  },
  {
    name: 'scatterAdd with repeated places',
    inputs: [x23, tensor([2, 2], [10, 20, 30, 40])],
    build: (x, updates) => ops.scatterAdd(x, indices(x, [2, 2], [1, 1, 0, 2]), updates, 1),
    expected: [a, b + 30, c, d + 30, e, f + 40],
  },
];

describe.each([
  ['elementwise', elementwise],
  ['matrices', matrices],
  ['shaping', shaping],
])('%s operations and their gradients', (_, cases) => {
  it.each(cases)('$name', checkOperation);
});

describe('extremes', () => {
  it('share the gradient between ties', async () => {
    const graph = new GraphBuilder();
    const x = graph.constant(tensor([3], [2, 2, 1]));
    const y = graph.constant(tensor([3], [2, 0, 1]));
    const loss = ops.add(ops.reduceMax(x), ops.reduceSum(ops.maximum(x, y)));
    gradients(loss, [x, y]).forEach((gradient, index) => {
      graph.output(`g${index}`, gradient);
    });
    const { g0, g1 } = await runGraph(graph);
    expect(g0.values).toEqual([1, 1.5, 0.5]);
    expect(g1.values).toEqual([0.5, 0, 0.5]);
  });
});

describe('the rule table', () => {
  it('has a rule for every operator that is not marked', () => {
    const without = Object.keys(operators).filter(
      (name) => typeof gradientRules[name as OperatorName] !== 'function',
    );
    const marks = Object.entries(gradientRules).filter(([, rule]) => typeof rule === 'string');
    expect(without).toEqual(marks.map(([name]) => name).sort());
    expect(marks.filter(([, rule]) => rule === NO_RULE).map(([name]) => name)).toEqual([
      'DynamicQuantizeMatMul',
      'FusedMatMul',
      'Pad',
    ]);
    expect(marks.filter(([, rule]) => rule === NOT_DIFFERENTIABLE)).toHaveLength(
      without.length - 3,
    );
  });
});
