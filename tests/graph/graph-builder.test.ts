import { describe, expect, it } from 'vitest';
import {
  add,
  concat,
  gather,
  GraphBuilder,
  matMul,
  modelToChunks,
  multiply,
  oneHot,
  reshape,
  slice,
  sqrt,
  tensorOf,
  transpose,
} from '../../src/graph/index.js';
import { float64, runGraph } from './run-graph.js';

function attentionLike(graph: GraphBuilder): void {
  const x = graph.input('x', 'float64', ['batch', 'sequence', 6]);
  const weight = graph.initializer(
    'weight',
    float64(
      [6, 6],
      Array.from({ length: 36 }, (_, i) => i),
    ),
  );
  const projected = graph.scope('layer.0', () => multiply(matMul(x, weight), 0.5));
  const heads = transpose(reshape(projected, ['batch', 'sequence', 2, 3]), [0, 2, 1, 3]);
  graph.output('heads', heads);
  graph.output('rows', reshape(x, [-1, 6]));
}

describe('GraphBuilder', () => {
  it('infers the shapes that ONNX Runtime finds, run-time sizes included', async () => {
    const graph = new GraphBuilder();
    attentionLike(graph);
    expect(graph.outputs.get('heads')?.shape).toEqual(['batch', 2, 'sequence', 3]);
    expect(graph.outputs.get('rows')?.shape).toEqual(['batch*sequence', 6]);
    const x = float64(
      [2, 3, 6],
      Array.from({ length: 36 }, (_, i) => i),
    );
    const { heads, rows } = await runGraph(graph, { x });
    expect(heads.shape).toEqual([2, 2, 3, 3]);
    expect(rows.shape).toEqual([6, 6]);
  });

  it('writes the same bytes for the same program', () => {
    const bytes = [0, 1].map(() => {
      const graph = new GraphBuilder();
      attentionLike(graph);
      return Buffer.concat(modelToChunks(graph));
    });
    expect(bytes[0].equals(bytes[1])).toBe(true);
  });

  it('makes equal nodes and small constants once, and names by scope', () => {
    const graph = new GraphBuilder();
    const x = graph.input('x', 'float32', [4]);
    const first = graph.scope('outer', () => graph.scope('inner', () => add(x, 1)));
    expect(first.name).toBe('outer/inner/Add');
    expect(add(x, 1)).toBe(first);
    expect(add(x, 2)).not.toBe(first);
    expect(graph.initializers.map(({ name }) => name)).toEqual(['float32(1)', 'float32(2)']);
  });

  it('leaves out what no output needs', () => {
    const graph = new GraphBuilder();
    const x = graph.input('x', 'float32', [4]);
    graph.initializer('unused', tensorOf('float32', [1000], new Array<number>(1000).fill(1)));
    sqrt(x);
    graph.output('y', add(x, x));
    const size = Buffer.concat(modelToChunks(graph)).length;
    expect(size).toBeLessThan(300);
  });

  it('gives inputs, weights and one value under two names as outputs', async () => {
    const graph = new GraphBuilder();
    const x = graph.input('x', 'float64', [2]);
    const sum = add(x, x);
    graph.output('same', x);
    graph.output('first', sum);
    graph.output('second', sum);
    graph.output('weight', graph.initializer('w', float64([1], [7])));
    const outputs = await runGraph(graph, { x: float64([2], [1, 2]) });
    expect(outputs.same.values).toEqual([1, 2]);
    expect(outputs.first.values).toEqual([2, 4]);
    expect(outputs.second.values).toEqual([2, 4]);
    expect(outputs.weight.values).toEqual([7]);
  });

  it('names the operation and the shapes when they do not fit', () => {
    const graph = new GraphBuilder();
    const x = graph.input('x', 'float32', ['batch', 3]);
    const y = graph.input('y', 'float32', [4, 5]);
    const n = graph.input('n', 'int64', ['batch']);
    expect(() => add(x, y)).toThrow('add: shapes [batch, 3] and [4, 5] do not broadcast');
    expect(() => matMul(x, y)).toThrow('matMul: shapes [batch, 3] and [4, 5] do not multiply');
    expect(() => add(x, n)).toThrow('add: types differ in x: float32[batch, 3], n: int64[batch]');
    expect(() => sqrt(n)).toThrow('sqrt: takes float64, float32, float16, bfloat16, got n: int64');
    expect(() => gather(x, y)).toThrow('gather: takes int64, int32');
    expect(() => reshape(x, ['batch', 2])).toThrow(
      'reshape: x: float32[batch, 3] has not as many elements as [batch, 2]',
    );
    expect(() => reshape(x, ['other', 3])).toThrow('reshape');
    expect(() => transpose(x, [0, 0])).toThrow('transpose: [0, 0] is no order');
    expect(() => concat([x, y], 0)).toThrow('concat: x: float32[batch, 3] and y: float32[4, 5]');
    expect(() => slice(y, 2, {})).toThrow('slice: axis 2 lies outside a rank of 2');
    expect(() => add(1, 2)).toThrow('one of two operands');
    expect(() => graph.input('x', 'float32', [])).toThrow('the name x is taken');
    expect(() => add(new GraphBuilder().input('z', 'float32', []), x)).toThrow(
      'Add: x is of another graph',
    );
    expect(() => modelToChunks(graph)).toThrow('a model without outputs');
  });

  it('computes run-time sizes where a shape needs more than one', async () => {
    const graph = new GraphBuilder();
    const x = graph.input('x', 'float64', ['batch', 'sequence', 4]);
    const ids = graph.input('ids', 'int64', ['batch', 'sequence']);
    const flat = reshape(x, ['batch*sequence', 4]);
    graph.output('back', reshape(flat, ['sequence', 'batch', 4]));
    graph.output('hot', oneHot(ids, 3, 'float64'));
    graph.output('part', slice(x, 1, { start: 1 }));
    const { back, hot, part } = await runGraph(graph, {
      x: float64([1, 2, 4], [1, 2, 3, 4, 5, 6, 7, 8]),
      ids: tensorOf('int64', [1, 2], [2, 0]),
    });
    expect(back.shape).toEqual([2, 1, 4]);
    expect(hot.values).toEqual([0, 0, 1, 1, 0, 0]);
    expect(part.values).toEqual([5, 6, 7, 8]);
    expect(graph.outputs.get('part')?.shape).toEqual(['batch', '(sequence-1)', 4]);
  });
});
