// Comparisons, booleans, conversions and sizes: what has no gradient.
import { describe, expect, it } from 'vitest';
import {
  and,
  cast,
  equal,
  expand,
  GraphBuilder,
  greater,
  greaterOrEqual,
  less,
  lessOrEqual,
  not,
  or,
  range,
  shapeOf,
  shapeVector,
  sign,
  tensorOf,
  where,
} from '../../src/graph/index.js';
import { float64, runGraph } from './run-graph.js';

describe('comparisons and booleans', () => {
  it('follow their names', async () => {
    const graph = new GraphBuilder();
    const x = graph.constant(float64([3], [1, 2, 3]));
    const big = greater(x, 1);
    const small = less(x, 3);
    const results = {
      greater: big,
      less: small,
      greaterOrEqual: greaterOrEqual(x, 2),
      lessOrEqual: lessOrEqual(2, x),
      equal: equal(x, 2),
      and: and(big, small),
      or: or(equal(x, 1), equal(x, 3)),
      not: not(big),
      both: where(and(big, small), x, -1),
      sign: sign(cast(where(big, x, -1), 'int64')),
    };
    for (const [name, value] of Object.entries(results)) graph.output(name, value);
    const found = await runGraph(graph);
    const numbers = Object.entries(found).map(([name, { values }]) => [name, values]);
    expect(Object.fromEntries(numbers)).toEqual({
      greater: [0, 1, 1],
      less: [1, 1, 0],
      greaterOrEqual: [0, 1, 1],
      lessOrEqual: [0, 1, 1],
      equal: [0, 1, 0],
      and: [0, 1, 0],
      or: [1, 0, 1],
      not: [1, 0, 0],
      both: [-1, 2, -1],
      sign: [-1, 1, 1],
    });
    expect(found.and.type).toBe('bool');
  });

  it('refuse what is not bool, or does not broadcast', () => {
    const graph = new GraphBuilder();
    const x = graph.input('x', 'float32', [3]);
    expect(() => not(x)).toThrow('not: takes bool, got x: float32[3]');
    expect(() => and(x, x)).toThrow('and: takes bool');
    expect(() => where(x, x, x)).toThrow('where: takes bool');
    const wide = graph.input('wide', 'float32', [4]);
    expect(() => where(greater(x, 0), wide, 0)).toThrow(
      'where: shapes [3], [4], [] do not broadcast',
    );
  });
});

describe('run-time sizes', () => {
  it('come from whichever value has them', async () => {
    const graph = new GraphBuilder();
    const x = graph.input('x', 'float64', ['batch', 'sequence', 2]);
    graph.output('shape', shapeOf(x));
    graph.output('products', shapeVector(graph, ['3*batch*sequence', 'sequence', 7]));
    graph.output('range', range(graph, 'batch*sequence'));
    graph.output('grid', expand(graph.scalar('float64', 4), ['sequence', 'batch']));
    const zeros = float64([2, 3, 2], new Array<number>(12).fill(0));
    const { shape, products, range: counted, grid } = await runGraph(graph, { x: zeros });
    expect(shape.values).toEqual([2, 3, 2]);
    expect(products.values).toEqual([18, 3, 7]);
    expect(counted.values).toEqual([0, 1, 2, 3, 4, 5]);
    expect(grid.shape).toEqual([3, 2]);
    expect(() => shapeVector(graph, ['nowhere'])).toThrow(
      'no value of the graph has the dimension',
    );
  });

  it('are constants where they are known', () => {
    const graph = new GraphBuilder();
    const x = graph.input('x', 'float64', [2, 5]);
    expect(shapeOf(x).tensor).toEqual(tensorOf('int64', [2], [2, 5]));
  });
});
