// Dropout: reproducible, right on average, independent where it should be, and the same on the way back.
import { describe, expect, it } from 'vitest';
import {
  dropout,
  GraphBuilder,
  gradients,
  multiply,
  reduceSum,
  type Tensor,
  tensorOf,
} from '../../src/graph/index.js';
import { openGraph, runGraph, runSession } from './run-graph.js';

const ROWS = 200;
const COLUMNS = 150;

function ones(shape: readonly number[]): Tensor<'float32'> {
  const count = shape.reduce((product, size) => product * size, 1);
  return tensorOf('float32', shape, new Array<number>(count).fill(1));
}

function integer(value: number): Tensor<'int64'> {
  return tensorOf('int64', [], [value]);
}

/** The masks of two sites (0 and 1) for seeds and steps given when run. */
function buildMasks(rate: number): GraphBuilder {
  const graph = new GraphBuilder();
  const x = graph.input('x', 'float32', ['rows', 'columns']);
  const seed = graph.input('seed', 'int64', []);
  const step = graph.input('step', 'int64', []);
  graph.output('site0', dropout(x, rate, { seed, step, site: 0 }));
  graph.output('site1', dropout(x, rate, { seed, step, site: 1 }));
  return graph;
}

/** Correlation of two lists of dropped (1) and kept (0), in units of its standard deviation by chance. */
function correlation(left: readonly number[], right: readonly number[], rate: number): number {
  const products = left.map((value, index) => (value - rate) * (right[index] - rate));
  const mean = products.reduce((sum, value) => sum + value, 0) / products.length;
  return (mean / (rate * (1 - rate))) * Math.sqrt(products.length);
}

/** What the mask must be, computed one element at a time. */
function referenceMask(rate: number, seed: number, step: number, site: number): number[] {
  const mix = (word: number): number => {
    const first = Math.imul(word ^ (word >>> 16), 0x7feb352d);
    const second = Math.imul(first ^ (first >>> 15), 0x846ca68b);
    return second ^ (second >>> 16);
  };
  const key = [seed | 0, Math.floor(seed / 2 ** 32), step].reduce(
    (sum, part) => mix(sum ^ part),
    0x9e3779b9,
  );
  const word = (index: number, side: number): number =>
    mix(mix(mix(index ^ key) ^ mix(key)) ^ (2 * site + side));
  const threshold = Math.round((rate - 0.5) * 2 ** 32);
  return Array.from({ length: ROWS * COLUMNS }, (_, index) => {
    const row = word(Math.floor(index / COLUMNS), 0) | 1;
    return Math.imul(row, word(index % COLUMNS, 1)) < threshold ? 1 : 0;
  });
}

describe('dropout', () => {
  it.each([0.1, 0.5, 0.8])(
    'draws the documented mask at rate %s, evenly and independently',
    async (rate) => {
      const session = await openGraph(buildMasks(rate));
      const masks: number[][] = [];
      for (const [seed, step] of [
        [7, 1],
        [7, 2],
        [8, 1],
        [7 + 2 ** 40, 1],
      ]) {
        const feeds = { x: ones([ROWS, COLUMNS]), seed: integer(seed), step: integer(step) };
        const results = await runSession(session, feeds);
        for (const [site, { values }] of Object.values(results).entries()) {
          const kept = Math.fround(1 / (1 - rate));
          expect(values.every((value) => value === 0 || value === kept)).toBe(true);
          const dropped = values.map((value) => (value === 0 ? 1 : 0));
          expect(dropped).toEqual(referenceMask(rate, seed, step, site));
          masks.push(dropped);
        }
      }
      await session.release();
      // By chance alone, 4.5 standard deviations are passed once in 150,000 draws.
      for (const [index, mask] of masks.entries()) {
        const mean = mask.reduce((sum, value) => sum + value, 0) / mask.length;
        const deviation = Math.sqrt((rate * (1 - rate)) / mask.length);
        expect(Math.abs(mean - rate) / deviation).toBeLessThan(4.5);
        expect(Math.abs(correlation(mask.slice(1), mask, rate))).toBeLessThan(4.5);
        expect(Math.abs(correlation(mask.slice(COLUMNS), mask, rate))).toBeLessThan(4.5);
        for (const other of masks.slice(0, index)) {
          expect(Math.abs(correlation(mask, other, rate))).toBeLessThan(4.5);
        }
      }
      const rowMeans = rowSums(masks[0]).map((sum) => (sum - COLUMNS * rate) ** 2);
      const spread =
        rowMeans.reduce((sum, value) => sum + value, 0) / (ROWS * COLUMNS * rate * (1 - rate));
      expect(Math.abs(spread - 1) * Math.sqrt(ROWS / 2)).toBeLessThan(4.5);
    },
  );

  it('lets gradients through where values went through', async () => {
    const graph = new GraphBuilder();
    const x = graph.input('x', 'float32', [8, 16]);
    const source = { seed: graph.scalar('int64', 3), step: graph.scalar('int64', 5), site: 2 };
    const y = dropout(x, 0.25, source);
    graph.output('y', y);
    graph.output('g', gradients(reduceSum(multiply(y, y)), [x])[0]);
    const { y: forward, g } = await runGraph(graph, { x: ones([8, 16]) });
    expect(new Set(forward.values).size).toBe(2);
    g.values.forEach((value, index) => {
      expect(value).toBeCloseTo(2 * forward.values[index] ** 2, 5);
    });
    expect(g.values.map((value) => value === 0)).toEqual(
      forward.values.map((value) => value === 0),
    );
  });

  it.each([[[]], [[5]], [[2, 3, 4, 5]]])('takes values of shape [%s]', async (shape) => {
    const graph = new GraphBuilder();
    const zero = graph.scalar('int64', 0);
    const x = graph.input('x', 'float32', shape);
    graph.output('y', dropout(x, 0.5, { seed: zero, step: zero, site: 0 }));
    const { y } = await runGraph(graph, { x: ones(shape) });
    expect(y.shape).toEqual(shape);
    expect(y.values.every((value) => value === 0 || value === 2)).toBe(true);
  });

  it('is nothing at rate 0 and refuses rates outside [0, 1)', () => {
    const graph = new GraphBuilder();
    const x = graph.input('x', 'float32', [4]);
    const zero = graph.scalar('int64', 0);
    expect(dropout(x, 0, { seed: zero, step: zero, site: 0 })).toBe(x);
    expect(() => dropout(x, 1, { seed: zero, step: zero, site: 0 })).toThrow('a rate of 1');
    expect(() => dropout(x, -0.1, { seed: zero, step: zero, site: 0 })).toThrow('a rate of -0.1');
  });
});

function rowSums(mask: readonly number[]): number[] {
  return Array.from({ length: ROWS }, (_, row) =>
    mask.slice(row * COLUMNS, (row + 1) * COLUMNS).reduce((sum, value) => sum + value, 0),
  );
}
