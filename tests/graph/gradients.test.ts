// The walk itself: sums over uses, what the loss does not reach, run-time sizes, and random graphs.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  add,
  concat,
  equal,
  exp,
  gather,
  gelu,
  GraphBuilder,
  gradients,
  greater,
  layerNormalization,
  matMul,
  multiply,
  power,
  reduceMean,
  reduceSum,
  reshape,
  sigmoid,
  slice,
  softmax,
  split,
  sqrt,
  subtract,
  take,
  tanh,
  tensorOf,
  transpose,
  type Value,
  where,
} from '../../src/graph/index.js';
import { float64, openGraph, runGraph, runSession } from './run-graph.js';

describe('gradients', () => {
  it('adds up over all uses of a value', async () => {
    const graph = new GraphBuilder();
    const x = graph.input('x', 'float64', []);
    const loss = add(multiply(x, x), multiply(x, add(x, exp(x))));
    graph.output('g', gradients(loss, [x])[0]);
    const { g } = await runGraph(graph, { x: float64([], [1.5]) });
    expect(g.values[0]).toBeCloseTo(4 * 1.5 + Math.exp(1.5) * 2.5, 12);
  });

  it('gives zeros for what the loss does not depend on, or only by its shape or a comparison', async () => {
    const graph = new GraphBuilder();
    const x = graph.input('x', 'float64', [2]);
    const y = graph.input('y', 'float64', ['rows', 2]);
    const z = graph.input('z', 'float64', [2]);
    const loss = reduceSum(where(greater(z, 0), multiply(x, 2), x));
    gradients(loss, [x, y, z]).forEach((gradient, index) => {
      graph.output(`g${index}`, gradient);
    });
    const { g0, g1, g2 } = await runGraph(graph, {
      x: float64([2], [1, 2]),
      y: float64([3, 2], [1, 2, 3, 4, 5, 6]),
      z: float64([2], [1, -1]),
    });
    expect(g0.values).toEqual([2, 1]);
    expect(g1).toMatchObject({ shape: [3, 2], values: [0, 0, 0, 0, 0, 0] });
    expect(g2.values).toEqual([0, 0]);
  });

  it('is 1 for the loss itself, and passes through intermediate values asked for', async () => {
    const graph = new GraphBuilder();
    const x = graph.input('x', 'float64', []);
    const inner = multiply(x, 3);
    const loss = multiply(inner, inner);
    gradients(loss, [loss, inner, x, x]).forEach((gradient, index) => {
      graph.output(`g${index}`, gradient);
    });
    const results = await runGraph(graph, { x: float64([], [2]) });
    expect(Object.values(results).map(({ values }) => values[0])).toEqual([1, 12, 36, 36]);
  });

  it('does not mind outputs of a node that the loss leaves out', async () => {
    const graph = new GraphBuilder();
    const x = graph.input('x', 'float64', ['rows', 3]);
    const [, middle] = split(x, 1, [1, 1, 1]);
    graph.output('g', gradients(reduceSum(multiply(middle, middle)), [x])[0]);
    const { g } = await runGraph(graph, { x: float64([2, 3], [1, 2, 3, 4, 5, 6]) });
    expect(g.values).toEqual([0, 4, 0, 0, 10, 0]);
  });

  it('works where sizes are known at run time only', async () => {
    const graph = new GraphBuilder();
    const x = graph.input('x', 'float64', ['batch', 'sequence', 4]);
    const ids = graph.input('ids', 'int64', ['batch', 'sequence']);
    const parameters = [
      graph.input('table', 'float64', [5, 4]),
      graph.input('positions', 'float64', [8, 4]),
      graph.input('weight', 'float64', [4, 4]),
      graph.input('bias', 'float64', [4]),
    ];
    const [table, positions, weight, bias] = parameters;
    const embedded = add(add(x, gather(table, ids)), slice(positions, 0, { end: 'sequence' }));
    const hidden = tanh(add(matMul(embedded, weight), bias));
    const heads = transpose(reshape(hidden, ['batch', 'sequence', 2, 2]), [0, 2, 1, 3]);
    const scores = softmax(matMul(heads, transpose(heads, [0, 1, 3, 2])));
    const pooled = reduceMean(matMul(scores, heads), { axes: [1, 2] });
    const ends = add(take(x, 1, 0), reshape(slice(x, 1, { start: -1 }), ['batch', 4]));
    const loss = add(reduceMean(multiply(pooled, pooled)), reduceMean(power(ends, 2)));
    graph.output('loss', loss);
    gradients(loss, [x, ...parameters]).forEach((gradient, index) => {
      graph.output(`g${index}`, gradient);
    });
    const session = await openGraph(graph);
    const data = (count: number): number[] => Array.from({ length: count }, (_, i) => Math.sin(i));
    const feeds = {
      x: float64([2, 3, 4], data(24)),
      table: float64([5, 4], data(20)),
      positions: float64([8, 4], data(32)),
      weight: float64([4, 4], data(16)),
      bias: float64([4], data(4)),
    };
    const fixed = { ids: tensorOf('int64', [2, 3], [0, 4, 4, 1, 0, 2]) };
    const results = await runSession(session, { ...feeds, ...fixed });
    const names = ['x', 'table', 'positions', 'weight', 'bias'] as const;
    for (const [index, name] of names.entries()) {
      const direction = feeds[name].data as Float64Array;
      const along = async (step: number): Promise<number> => {
        const moved = {
          ...feeds[name],
          data: direction.map((value, i) => value + step * Math.cos(i)),
        };
        return (await runSession(session, { ...feeds, ...fixed, [name]: moved })).loss.values[0];
      };
      const slope = ((await along(1e-5)) - (await along(-1e-5))) / 2e-5;
      const found = results[`g${index}`];
      expect(found.shape).toEqual(feeds[name].shape);
      const projected = found.values.reduce((sum, value, i) => sum + value * Math.cos(i), 0);
      expect(Math.abs(projected - slope)).toBeLessThan(1e-9);
    }
    await session.release();
  });

  it('refuses a loss that is not one floating point number', () => {
    const graph = new GraphBuilder();
    const x = graph.input('x', 'float64', [2]);
    expect(() => gradients(x, [x])).toThrow('the loss must be one floating point number');
    const count = graph.input('count', 'int64', []);
    expect(() => gradients(count, [])).toThrow('the loss must be one floating point number');
  });

  it('names an operator that has no rule', () => {
    const graph = new GraphBuilder();
    const x = graph.input('x', 'float64', [2, 2]);
    const [padded] = gradients(reduceSum(multiply(slice(x, 0, { end: 1 }), 2)), [x]);
    expect(() => gradients(reduceSum(padded), [x])).not.toThrow();
    const [again] = gradients(reduceSum(power(slice(x, 0, { end: 1 }), 3)), [x]);
    expect(() => gradients(reduceSum(again), [x])).toThrow(
      /no rule for the operator Pad \(node gradients\/Slice\/Pad/,
    );
  });

  it('stops at a gradient of another shape than its input', () => {
    const graph = new GraphBuilder();
    const x = graph.input('x', 'float64', [2]);
    const [wrong] = graph.addNode('Tanh', [x], [{ type: 'float64', shape: [3] }]);
    expect(() => gradients(reduceSum(wrong), [x])).toThrow(
      /the rule of Tanh gives gradients\/Tanh\/Mul.*: float64\[3\] for x: float64\[2\]/,
    );
  });

  it('adds nothing where the loss is not reached through any parameter', () => {
    const graph = new GraphBuilder();
    const x = graph.input('x', 'float64', [2]);
    const y = graph.input('y', 'float64', [2]);
    const loss = reduceSum(sqrt(x));
    const before = graph.nodes.length;
    gradients(loss, [y]);
    expect(graph.nodes.slice(before).map(({ operator }) => operator)).toEqual(['Expand']);
  });
});

/** One step of a random graph: which operation, on which two of the [3, 3] values so far. */
interface Step {
  readonly kind: number;
  readonly left: number;
  readonly right: number;
}

const stepKinds: readonly ((a: Value, b: Value) => Value)[] = [
  add,
  subtract,
  multiply,
  (a, b) => matMul(a, transpose(b, [1, 0])),
  (a, b) => matMul(tanh(a), b),
  (a) => sigmoid(a),
  (a) => gelu(a),
  (a) => softmax(a),
  (a, b) => layerNormalization(a, take(b, 0, 1), take(b, 1, 2), 0.1),
  (a, b) => add(a, reduceMean(b, { axes: [0] })),
  (a, b) => multiply(a, reduceSum(b, { axes: [1], keepAxes: true })),
  (a, b) => concat([slice(a, 0, { end: 1 }), slice(b, 0, { start: 1 })], 0),
  (a) => gather(a, a.graph.constant(tensorOf('int64', [3], [2, 0, 2]))),
  (a, b) => {
    const [first, second] = split(a, 1, [1, 2]);
    return concat([second, multiply(first, slice(b, 1, { start: 2 }))], 1);
  },
  (a, b) => where(equal(sigmoid(a), 2), a, b),
  (a) => reshape(reshape(a, [-1]), [3, 3]),
];

/** The loss of a random graph over two parameters; squashed at each step, so that numbers stay near 1. */
function buildRandomLoss(graph: GraphBuilder, steps: readonly Step[]): Value {
  const values = [graph.input('x', 'float64', [3, 3]), graph.input('y', 'float64', [3, 3])];
  for (const { kind, left, right } of steps) {
    const pick = (index: number): Value => values[index % values.length];
    values.push(tanh(stepKinds[kind](pick(left), pick(right))));
  }
  return reduceMean(values.reduce((sum, value) => add(sum, value)));
}

const matrix = fc.array(fc.double({ min: -1.5, max: 1.5, noNaN: true }), {
  minLength: 9,
  maxLength: 9,
});
const step = fc.record({
  kind: fc.nat({ max: stepKinds.length - 1 }),
  left: fc.nat({ max: 99 }),
  right: fc.nat({ max: 99 }),
});

describe('gradients of random graphs', () => {
  it('agree with central differences along random directions', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 10 }),
        matrix,
        matrix,
        matrix,
        async (steps, x, y, direction) => {
          const graph = new GraphBuilder();
          const loss = buildRandomLoss(graph, steps);
          graph.output('loss', loss);
          gradients(loss, graph.inputs).forEach((gradient, index) => {
            graph.output(`g${index}`, gradient);
          });
          const session = await openGraph(graph);
          const evaluate = (t: number): ReturnType<typeof runSession> =>
            runSession(session, {
              x: float64(
                [3, 3],
                x.map((value, i) => value + t * direction[i]),
              ),
              y: float64(
                [3, 3],
                y.map((value, i) => value - t * direction[8 - i]),
              ),
            });
          const { g0, g1 } = await evaluate(0);
          const step = 1e-5;
          const [above, below] = [await evaluate(step), await evaluate(-step)];
          await session.release();
          const slope = (above.loss.values[0] - below.loss.values[0]) / (2 * step);
          const projected = direction.reduce(
            (sum, d, i) => sum + g0.values[i] * d - g1.values[8 - i] * d,
            0,
          );
          expect(Math.abs(projected - slope)).toBeLessThan(1e-7 * (1 + Math.abs(slope)));
        },
      ),
      { numRuns: 100, seed: 20261124 },
    );
  });
});
