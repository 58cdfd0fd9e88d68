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

describe('clipByGlobalNorm', () => {
  async function clip(maxNorm: number): Promise<{ norm: number; values: number[] }> {
    const graph = new GraphBuilder();
    const { gradients, norm } = clipByGlobalNorm(
      [graph.constant(float64([2, 1], [3, 4])), graph.constant(float64([], [12]))],
      maxNorm,
    );
    graph.output('norm', norm);
    graph.output('a', gradients[0]);
    graph.output('b', gradients[1]);
    const results = await runGraph(graph);
    return { norm: results.norm.values[0], values: [...results.a.values, ...results.b.values] };
  }

  it('scales all gradients to the norm', async () => {
    const { norm, values } = await clip(1);
    expect(norm).toBe(13);
    expectClose(values, [3 / 13.000001, 4 / 13.000001, 12 / 13.000001], 1e-15, 'gradient');
  });

  it('leaves smaller gradients alone', async () => {
    const { norm, values } = await clip(13.1);
    expect(norm).toBe(13);
    expect(values).toEqual([3, 4, 12]);
  });

  it('works on gradients of float32', async () => {
    const graph = new GraphBuilder();
    const gradient = cast(graph.constant(float64([2], [6, 8])), 'float32');
    const { gradients, norm } = clipByGlobalNorm([gradient], 5);
    graph.output('norm', norm);
    graph.output('g', gradients[0]);
    const results = await runGraph(graph);
    expect(results.norm).toMatchObject({ type: 'float32', values: [10] });
    expectClose(results.g.values, [3, 4], 1e-6, 'gradient');
  });
});
