// Holds an operation and its gradients against plain numbers: a reference for the result, central differences for the rest.
import { expect } from 'vitest';
import {
  cast,
  elementCount,
  GraphBuilder,
  gradients,
  multiply,
  reduceSum,
  type Tensor,
  tensorOf,
  type Value,
} from '../../src/graph/index.js';
import { openGraph, runGraph, runSession } from './run-graph.js';

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
  /** Largest difference between float32 and float64, likewise; default 2e-6. */
  readonly singleTolerance?: number;
}

/** A step for which truncation and rounding errors of central differences are about 1e-10. */
const STEP = 1e-5;

/** Different weights for all elements of the result, so that no two can be mistaken for each other. */
function weighted(y: Value, count: number): Value {
  const weights = Array.from({ length: count }, (_, index) => Math.sin(index + 1) + 0.3);
  const shape = y.shape.map((size) => Number(size));
  return reduceSum(
    multiply(y, cast(y.graph.constant(tensorOf('float64', shape, weights)), y.type)),
  );
}

/** The operation, a loss and all gradients as a graph of one element type. */
function buildGraph({ inputs, build }: OperationCase, type: 'float64' | 'float32'): GraphBuilder {
  const graph = new GraphBuilder();
  const values = inputs.map(({ shape }, index) => graph.input(`x${index}`, type, shape));
  const y = build(...values);
  const loss = weighted(y, elementCount(y.shape.map(Number)));
  graph.output('y', y);
  graph.output('loss', loss);
  gradients(loss, values).forEach((gradient, index) => {
    graph.output(`g${index}`, gradient);
  });
  return graph;
}

/**
 * @throws when the result differs from the case's, a float64 gradient from the central difference, or a
 * float32 result or gradient (where other kernels and rules are at work) from the float64 one
 */
export async function checkOperation(operation: OperationCase): Promise<void> {
  const feeds = Object.fromEntries(operation.inputs.map((tensor, index) => [`x${index}`, tensor]));
  const session = await openGraph(buildGraph(operation, 'float64'));
  try {
    const results = await runSession(session, feeds);
    expectClose(results.y.values, operation.expected, operation.tolerance ?? 1e-13, 'result');
    for (const [index, tensor] of operation.inputs.entries()) {
      const loss = async (place: number, step: number): Promise<number> => {
        const data = tensor.data.with(place, tensor.data[place] + step);
        const shifted = { ...feeds, [`x${index}`]: { ...tensor, data } };
        return (await runSession(session, shifted)).loss.values[0];
      };
      const slopes: number[] = [];
      for (let place = 0; place < tensor.data.length; place++) {
        slopes.push(((await loss(place, STEP)) - (await loss(place, -STEP))) / (2 * STEP));
      }
      const found = results[`g${index}`];
      expect(found.shape).toEqual(tensor.shape);
      expectClose(found.values, slopes, operation.gradientTolerance ?? 1e-8, `gradient ${index}`);
    }
    const singleFeeds = mapRecord(feeds, ({ shape, data }) =>
      tensorOf('float32', shape, Array.from(data)),
    );
    const singles = await runGraph(buildGraph(operation, 'float32'), singleFeeds);
    for (const [name, { shape, values }] of Object.entries(results)) {
      expect(singles[name].shape).toEqual(shape);
      expectClose(
        singles[name].values,
        values,
        operation.singleTolerance ?? 2e-6,
        `float32 ${name}`,
      );
    }
  } finally {
    await session.release();
  }
}

function mapRecord<From, To>(
  record: Readonly<Record<string, From>>,
  change: (value: From) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
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
