// int8 copies of graphs: near the original, smaller, and honest about what they cannot do.
import { describe, expect, it } from 'vitest';
import {
  add,
  gather,
  gemm,
  GraphBuilder,
  gradients,
  matMul,
  modelToChunks,
  quantizeModel,
  reduceSum,
  relu,
  type Tensor,
  tensorOf,
} from '../../src/graph/index.js';
import { type Result, runGraph } from './run-graph.js';

const DEPTH = 64;
const COLUMNS = 24;
const TABLE_ROWS = 1100;

function wave(shape: readonly number[], scale: number): Tensor<'float32'> {
  const count = shape.reduce((product, size) => product * size, 1);
  const values = Array.from({ length: count }, (_, i) => scale * Math.sin(i * i + i));
  return tensorOf('float32', shape, values);
}

const weight = wave([DEPTH, COLUMNS], 0.2);
const transposedWeight = tensorOf(
  'float32',
  [COLUMNS, DEPTH],
  Array.from(
    { length: DEPTH * COLUMNS },
    (_, i) => weight.data[(i % DEPTH) * COLUMNS + Math.floor(i / DEPTH)],
  ),
);

/** Lookup in a table, then the same product by three routes, one with a bias. */
function buildModel(): GraphBuilder {
  const graph = new GraphBuilder();
  const ids = graph.input('ids', 'int64', ['batch', 2]);
  const x = graph.input('x', 'float32', ['batch', DEPTH]);
  const plain = graph.initializer('plain', weight);
  const turned = graph.initializer('turned', transposedWeight);
  const bias = graph.initializer('bias', wave([COLUMNS], 1));
  const table = graph.initializer('table', wave([TABLE_ROWS, DEPTH], 3));
  graph.output('rows', gather(table, ids));
  graph.scope('layer', () => {
    graph.output('product', matMul(x, plain));
    graph.output('biased', gemm(x, turned, bias, { transposeRight: true }));
    graph.output('again', relu(gemm(add(x, 0.5), plain)));
  });
  return graph;
}

const feeds = { ids: tensorOf('int64', [2, 2], [0, 1099, 7, 7]), x: wave([2, DEPTH], 1) };

function largestDifference(left: Result, right: Result): number {
  expect(left.shape).toEqual(right.shape);
  return Math.max(...left.values.map((value, index) => Math.abs(value - right.values[index])));
}

function weightsOf(graph: GraphBuilder, type: string): string[] {
  const found = graph.initializers.filter((value) => value.tensor?.type === type);
  return found.map(({ name }) => name).sort();
}

describe('quantizeModel', () => {
  it('stays near the original in every output', async () => {
    const graph = buildModel();
    const exact = await runGraph(graph, feeds);
    const rounded = await runGraph(quantizeModel(graph), feeds);
    expect(Object.keys(rounded)).toEqual(Object.keys(exact));
    // A row's scale is 3 / 127: at most half of it is lost.
    expect(largestDifference(rounded.rows, exact.rows)).toBeLessThanOrEqual(1.5 / 127 + 1e-6);
    for (const name of ['product', 'biased', 'again']) {
      const difference = largestDifference(rounded[name], exact[name]);
      expect(difference, name).toBeGreaterThan(0);
      expect(difference, name).toBeLessThan(0.02);
    }
  });

  it('gives a weight and its transposed form the same integers', () => {
    const copy = quantizeModel(buildModel());
    const [plain, turned] = ['plain.int8', 'turned.int8'].map(
      (name) => copy.initializers.find((value) => value.name === name)?.tensor?.data,
    );
    expect(turned).toEqual(plain);
  });

  it('holds weights once, in int8, and is a quarter of the size', () => {
    const graph = buildModel();
    const copy = quantizeModel(graph);
    expect(weightsOf(copy, 'int8')).toEqual(['plain.int8', 'table.int8', 'turned.int8']);
    expect(weightsOf(copy, 'float32')).toEqual([
      'bias',
      'float32(0.5)',
      'plain.scales',
      'table.scales',
      'turned.scales',
    ]);
    const [before, after] = [graph, copy].map((each) => Buffer.concat(modelToChunks(each)).length);
    expect(after / before).toBeLessThan(0.3);
    expect(copy.outputs.get('product')?.shape).toEqual(['batch', COLUMNS]);
    expect(copy.nodes.find(({ operator }) => operator === 'Relu')?.name).toBe('layer/Relu');
  });

  it('rounds to 7 bits and keeps weights when asked', () => {
    const copy = quantizeModel(buildModel(), { weightBits: 7, keep: (name) => name === 'turned' });
    const numbers = copy.initializers.find(({ name }) => name === 'plain.int8')?.tensor?.data;
    expect(Math.max(...Array.from(numbers ?? [], Number))).toBe(63);
    expect(weightsOf(copy, 'int8')).toEqual(['plain.int8', 'table.int8']);
    expect(weightsOf(copy, 'float32')).toContain('turned');
  });

  it('survives columns of zeros, and leaves small tables and products of inputs alone', async () => {
    const graph = new GraphBuilder();
    const x = graph.input('x', 'float32', [2, 2]);
    const ids = graph.input('ids', 'int64', [1]);
    graph.output(
      'zeros',
      matMul(x, graph.initializer('w', tensorOf('float32', [2, 2], [1, 0, 2, 0]))),
    );
    graph.output('square', matMul(x, x));
    graph.output('row', gather(graph.initializer('t', tensorOf('float32', [2, 1], [5, 6])), ids));
    const copy = quantizeModel(graph);
    const values = {
      x: tensorOf('float32', [2, 2], [1, 1, 2, 0]),
      ids: tensorOf('int64', [1], [1]),
    };
    const { zeros, square, row } = await runGraph(copy, values);
    expect([zeros.values[1], zeros.values[3]]).toEqual([0, 0]);
    expect(zeros.values[0]).toBeCloseTo(3, 1);
    expect(square.values).toEqual([3, 1, 2, 2]);
    expect(row.values).toEqual([6]);
  });

  it('cannot be differentiated', () => {
    const copy = quantizeModel(buildModel());
    const product = copy.outputs.get('product');
    expect(product).toBeDefined();
    if (product === undefined) return;
    expect(() => gradients(reduceSum(product), [copy.inputs[1]])).toThrow(
      'no rule for the operator DynamicQuantizeMatMul',
    );
  });
});
