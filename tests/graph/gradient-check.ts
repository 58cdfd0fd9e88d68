// Holds an operation and its gradients against plain numbers: a reference for the result, central differences for the rest.
import { expect } from 'vitest';
import {
  elementCount,
  GraphBuilder,
  gradients,
  multiply,
  reduceSum,
  type Tensor,
  tensorOf,
  type Value,
} from '../../src/graph/index.js';
import { openGraph, runSession } from './run-graph.js';

/** One operation on inputs given as numbers. */
export interface OperationCase {
  readonly name: string;
  /** float64 inputs, differentiated. */
  readonly inputs: readonly Tensor<'float64'>[];
  readonly build: (...inputs: Value[]) => Value;
  /** The result, computed some other way. */
  readonly expected: readonly number[];
  /** Largest difference from `expected`, relative to 1 + its size; default 1e-13. */
  readonly tolerance?: number;
  /** Largest difference of a gradient from central differences, likewise; default 1e-8. */
  readonly gradientTolerance?: number;
}

/** A step for which truncation and rounding errors of central differences are about 1e-10. */
const STEP = 1e-5;

/** Different weights for all elements of the result, so that no two can be mistaken for each other. */
function weighted(y: Value, count: number): Value {
  const weights = Array.from({ length: count }, (_, index) => Math.sin(index + 1) + 0.3);
  const shape = y.shape.map((size) => Number(size));
  return reduceSum(multiply(y, y.graph.constant(tensorOf('float64', shape, weights))));
}

/** @throws when the result differs from the case's, or a gradient from the central difference */
export async function checkOperation(operation: OperationCase): Promise<void> {
  const graph = new GraphBuilder();
  const feeds: Record<string, Tensor<'float64'>> = {};
  const inputs = operation.inputs.map((tensor, index) => {
    feeds[`x${index}`] = tensor;
    return graph.input(`x${index}`, 'float64', tensor.shape);
  });
  const y = operation.build(...inputs);
  const loss = weighted(y, elementCount(y.shape.map(Number)));
  graph.output('y', y);
  graph.output('loss', loss);
  gradients(loss, inputs).forEach((gradient, index) => {
    graph.output(`g${index}`, gradient);
  });
  const session = await openGraph(graph);
  try {
    const results = await runSession(session, feeds);
    expect(results.y.shape).toEqual(y.shape);
    expectClose(results.y.values, operation.expected, operation.tolerance ?? 1e-13, 'result');
    for (const [index, tensor] of operation.inputs.entries()) {
      const slopes: number[] = [];
      for (let place = 0; place < tensor.data.length; place++) {
        const [above, below] = await Promise.all(
          [STEP, -STEP].map(async (step) => {
            const data = tensor.data.with(place, tensor.data[place] + step);
            const shifted = { ...feeds, [`x${index}`]: { ...tensor, data } };
            return (await runSession(session, shifted)).loss.values[0];
          }),
        );
        slopes.push((above - below) / (2 * STEP));
      }
      const found = results[`g${index}`];
      expect(found.shape).toEqual(tensor.shape);
      expectClose(found.values, slopes, operation.gradientTolerance ?? 1e-8, `gradient ${index}`);
    }
  } finally {
    await session.release();
  }
}

/** Differences are relative to 1 + |expected|. */
export function expectClose(
  found: readonly number[],
  expected: readonly number[],
  tolerance: number,
  what: string,
): void {
  expect(found.length, what).toBe(expected.length);
  found.forEach((value, index) => {
    const difference = Math.abs(value - expected[index]) / (1 + Math.abs(expected[index]));
    if (!(difference <= tolerance)) {
      expect.fail(`${what}[${index}]: ${value}, expected ${expected[index]} within ${tolerance}`);
    }
  });
}
