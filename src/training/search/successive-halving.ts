// The schedule of successive halving: many trials at a small budget, the best third of them at three times that, and so on.

/** Trials of one budget. */
export interface Rung {
  readonly trials: number;
  /** Share of the whole budget, above 0, at most 1. */
  readonly budget: number;
}

/** What is kept from rung to rung, and what the budget grows by. */
const FACTOR = 3;

/** The smallest budget is the whole one divided by FACTOR this often: less tells nothing of the end. */
const MOST_HALVINGS = 3;

/**
 * The rungs for so many trials: each has a third of those before, with three times the budget, and the last has
 * the whole budget. Jamieson and Talwalkar 2016 (arXiv 1502.07943).
 *
 * @param trials at least 1
 */
export function planRungs(trials: number): Rung[] {
  let halvings = 0;
  while (halvings < MOST_HALVINGS && trials >= FACTOR ** (halvings + 1)) halvings += 1;
  return Array.from({ length: halvings + 1 }, (_, rung) => ({
    trials: Math.floor(trials / FACTOR ** rung),
    budget: 1 / FACTOR ** (halvings - rung),
  }));
}

/** The best `count`, by figure; the earlier of equals; those without a figure last. */
export function keepBest<Trial extends { readonly figure: number | null }>(
  trials: readonly Trial[],
  count: number,
): Trial[] {
  return [...trials]
    .sort((left, right) => (right.figure ?? -1) - (left.figure ?? -1))
    .slice(0, count);
}
