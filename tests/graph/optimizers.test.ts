// Optimizer nodes against the formulas as PyTorch documents them, written out for one number at a time.
import { describe, expect, it } from 'vitest';
import { adamW, cast, clipByGlobalNorm, GraphBuilder, tensorOf } from '../../src/graph/index.js';
import { expectClose } from './gradient-check.js';
import { float64, openGraph, runGraph, runSession } from './run-graph.js';

/** torch.optim.AdamW, one parameter of one element. */
function adamWByHand(
  gradients: readonly number[],
  start: number,
  rate: number,
  decay: number,
): { parameter: number; first: number; second: number } {
  let parameter = start;
  let first = 0;
  let second = 0;
  gradients.forEach((gradient, index) => {
    const step = index + 1;
    parameter *= 1 - rate * decay;
    first = 0.9 * first + 0.1 * gradient;
    second = 0.999 * second + 0.001 * gradient ** 2;
    const denominator = Math.sqrt(second) / Math.sqrt(1 - 0.999 ** step) + 1e-8;
    parameter -= ((rate / (1 - 0.9 ** step)) * first) / denominator;
  });
  return { parameter, first, second };
}

const starts = [0.5, -1, 2, 0];
const gradientSteps = [
  [0.1, -0.2, 3, 0],
  [-0.4, 1e-9, 0.5, 0],
  [0.2, 0.3, -2, 1e-3],
  [0.2, 0.3, -2, -4],
];

function buildStep(type: 'float64' | 'float32', weightDecay: number): GraphBuilder {
  const graph = new GraphBuilder();
  const [updated] = adamW(
    [
      {
        parameter: graph.input('parameter', type, [4]),
        gradient: graph.input('gradient', type, [4]),
        moments: {
          first: graph.input('first', type, [4]),
          second: graph.input('second', type, [4]),
        },
        weightDecay,
      },
    ],
    {
      learningRate: graph.input('rate', 'float64', []),
      step: graph.input('step', 'int64', []),
    },
  );
  graph.output('parameter.next', updated.parameter);
  graph.output('first.next', updated.moments.first);
  graph.output('second.next', updated.moments.second);
  return graph;
}

describe('adamW', () => {
  it.each([
    ['AdamW', 'float64', 0.01, 1e-14],
    ['Adam', 'float64', 0, 1e-14],
    ['AdamW', 'float32', 0.01, 1e-6],
  ] as const)('%s in %s follows its formula', async (_, type, weightDecay, tolerance) => {
    const session = await openGraph(buildStep(type, weightDecay));
    let state = { parameter: starts, first: [0, 0, 0, 0], second: [0, 0, 0, 0] };
    for (const [index, gradient] of gradientSteps.entries()) {
      const results = await runSession(session, {
        parameter: tensorOf(type, [4], state.parameter),
        first: tensorOf(type, [4], state.first),
        second: tensorOf(type, [4], state.second),
        gradient: tensorOf(type, [4], gradient),
        rate: float64([], [0.05]),
        step: tensorOf('int64', [], [index + 1]),
      });
      state = {
        parameter: results['parameter.next'].values,
        first: results['first.next'].values,
        second: results['second.next'].values,
      };
    }
    await session.release();
    const expected = starts.map((start, place) =>
      adamWByHand(
        gradientSteps.map((gradient) => gradient[place]),
        start,
        0.05,
        weightDecay,
      ),
    );
    for (const part of ['parameter', 'first', 'second'] as const) {
      const reference = expected.map((numbers) => numbers[part]);
      expectClose(state[part], reference, tolerance, part);
    }
  });
});

it('updates vectors together as it would one by one, and multiplies gradients by a factor first', async () => {
  const graph = new GraphBuilder();
  const factor = graph.scalar('float64', 0.5);
  const shapes = [[2], [1, 2], [1], [2]];
  const rateFactors = [1, 1, 1, 3];
  const own = shapes.map((shape, at) => ({
    parameter: graph.input(`parameter${at}`, 'float64', shape),
    gradient: graph.input(`gradient${at}`, 'float64', shape),
    moments: {
      first: graph.input(`first${at}`, 'float64', shape),
      second: graph.input(`second${at}`, 'float64', shape),
    },
    rateFactor: rateFactors[at],
    weightDecay: 0.01,
  }));
  const options = {
    learningRate: graph.scalar('float64', 0.05),
    step: graph.scalar('int64', 1),
    gradientFactor: factor,
  };
  adamW(own, options).forEach(({ parameter, moments }, at) => {
    graph.output(`parameter${at}.next`, parameter);
    graph.output(`first${at}.next`, moments.first);
    graph.output(`second${at}.next`, moments.second);
  });
  const numbers = shapes.map(([rows, columns = 1], at) =>
    Array.from({ length: rows * columns }, (_, place) => 1 + at - 2.3 * place),
  );
  const feeds = shapes.flatMap((shape, at) => [
    [`parameter${at}`, float64(shape, numbers[at])] as const,
    [
      `gradient${at}`,
      float64(
        shape,
        numbers[at].map((value) => 2 * value),
      ),
    ] as const,
    ...['first', 'second'].map(
      (moment) =>
        [
          `${moment}${at}`,
          float64(
            shape,
            numbers[at].map(() => 0),
          ),
        ] as const,
    ),
  ]);
  const results = await runGraph(graph, Object.fromEntries(feeds));
  shapes.forEach((shape, at) => {
    const expected = numbers[at].map((value) =>
      adamWByHand([value], value, 0.05 * rateFactors[at], 0.01),
    );
    for (const part of ['parameter', 'first', 'second'] as const) {
      const found = results[`${part}${at}.next`];
      expect(found.shape).toEqual(shape);
      const reference = expected.map((own) => own[part]);
      expectClose(found.values, reference, 1e-14, `${part} ${at}`);
    }
  });
});

describe('clipByGlobalNorm', () => {
  async function clip(maxNorm: number): Promise<{ norm: number; factor: number }> {
    const graph = new GraphBuilder();
    const { factor, norm } = clipByGlobalNorm(
      [
        graph.constant(float64([2, 1], [3, 4])),
        graph.constant(float64([1], [8])),
        graph.constant(float64([], [8])),
        graph.constant(float64([2], [-4, 0])),
      ],
      maxNorm,
    );
    graph.output('norm', norm);
    graph.output('factor', factor);
    const results = await runGraph(graph);
    return { norm: results.norm.values[0], factor: results.factor.values[0] };
  }

  it('brings all gradients to the norm', async () => {
    const { norm, factor } = await clip(1);
    expect(norm).toBe(13);
    expectClose([factor], [1 / 13.000001], 1e-15, 'factor');
  });

  it('leaves smaller gradients alone', async () => {
    expect(await clip(13.1)).toEqual({ norm: 13, factor: 1 });
  });

  it('works on gradients of float32', async () => {
    const graph = new GraphBuilder();
    const gradient = cast(graph.constant(float64([2], [6, 8])), 'float32');
    const { factor, norm } = clipByGlobalNorm([gradient], 5);
    graph.output('norm', norm);
    graph.output('factor', factor);
    const results = await runGraph(graph);
    expect(results.norm).toMatchObject({ type: 'float32', values: [10] });
    expectClose(results.factor.values, [0.5], 1e-6, 'factor');
  });
});
