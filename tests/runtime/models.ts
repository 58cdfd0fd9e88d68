// Small models for the tests of sessions: one that computes, one that is slow, one that can fail, ones with state.
import {
  add,
  cast,
  gather,
  GraphBuilder,
  matMul,
  modelToChunks,
  multiply,
  reduceMean,
  reduceSum,
  type Tensor,
  tensorOf,
} from '../../src/graph/index.js';

/** `z = x @ w + b` for any number of rows: [1, 1] gives [15, 27, 39]. */
export function affineModel(): Uint8Array[] {
  const graph = new GraphBuilder();
  const x = graph.input('x', 'float32', ['rows', 2]);
  const w = graph.initializer('w', tensorOf('float32', [2, 3], [1, 2, 3, 4, 5, 6]));
  const b = graph.initializer('b', tensorOf('float32', [3], [10, 20, 30]));
  graph.output('z', add(matMul(x, w), b));
  return modelToChunks(graph);
}

/** `total`: the sum of each row of `ids` where `mask` is 1. */
export function rowSumModel(): Uint8Array[] {
  const graph = new GraphBuilder();
  const ids = cast(graph.input('ids', 'int64', ['rows', 'length']), 'float32');
  const mask = cast(graph.input('mask', 'int64', ['rows', 'length']), 'float32');
  graph.output('total', reduceSum(multiply(ids, mask), { axes: [1] }));
  return modelToChunks(graph);
}

/** `y = table[index]`: fails when an index is not below 4. */
export function lookUpModel(): Uint8Array[] {
  const graph = new GraphBuilder();
  const index = graph.input('index', 'int64', ['rows']);
  const table = graph.initializer('table', tensorOf('float32', [4], [0, 10, 20, 30]));
  graph.output('y', gather(table, index));
  return modelToChunks(graph);
}

/** `z = relu-free chain of products`, about a tenth of a second for 512 rows: long enough to be met in the middle. */
export function slowModel(): Uint8Array[] {
  const graph = new GraphBuilder();
  const width = 256;
  let x = graph.input('x', 'float32', ['rows', width]);
  const weights = graph.initializer('weights', constant([width, width], 1e-3));
  for (let product = 0; product < 24; product += 1) x = matMul(x, weights);
  graph.output('z', x);
  return modelToChunks(graph);
}

/**
 * A counter with a vector beside it. Each run: `count + 1`, `sum + table[row] * scale`; `seen` is the mean
 * of the new sum. Fails, and must leave all as it is, when `row` is not below the table's rows.
 */
export function counterModel(rows: number, width: number): Uint8Array[] {
  const graph = new GraphBuilder();
  const count = graph.input('count', 'int64', []);
  const sum = graph.input('sum', 'float64', [width]);
  const table = graph.input('table', 'float64', [rows, width]);
  const row = graph.input('row', 'int64', []);
  const scale = graph.input('scale', 'float64', []);
  const next = add(sum, multiply(gather(table, row), scale));
  graph.output('count_next', add(count, 1));
  graph.output('sum_next', next);
  graph.output('seen', reduceMean(next));
  return modelToChunks(graph);
}

function constant(shape: readonly [number, number], value: number): Tensor {
  const count = shape[0] * shape[1];
  return { type: 'float32', shape, data: new Float32Array(count).fill(value) };
}
