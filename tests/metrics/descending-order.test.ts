import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { descendingOrder } from '../../src/metrics/descending-order.js';

function comparisonSort(scores: readonly number[]): number[] {
  return Array.from(scores.keys()).sort((left, right) => {
    if (scores[left] === scores[right]) return left - right;
    return scores[left] > scores[right] ? -1 : 1;
  });
}

describe('descendingOrder', () => {
  it('sorts negatives, zeros of both signs and infinities, and keeps the order of ties', () => {
    const scores = [-1, 0, Infinity, -0, 2.5, -Infinity, 1e-320, -1e-320, 2.5];
    expect([...descendingOrder(scores)]).toEqual([2, 4, 8, 6, 1, 3, 7, 0, 5]);
  });

  it('agrees with a comparison sort on any floats', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true }), { maxLength: 300 }), (scores) => {
        expect([...descendingOrder(scores)]).toEqual(comparisonSort(scores));
      }),
    );
  });

  it('agrees with a comparison sort on float32', () => {
    fc.assert(
      fc.property(fc.array(fc.float({ noNaN: true }), { maxLength: 300 }), (scores) => {
        expect([...descendingOrder(Float32Array.from(scores))]).toEqual(comparisonSort(scores));
      }),
    );
  });

  it('sorts nothing and one score', () => {
    expect([...descendingOrder([])]).toEqual([]);
    expect([...descendingOrder([0.3])]).toEqual([0]);
  });
});
