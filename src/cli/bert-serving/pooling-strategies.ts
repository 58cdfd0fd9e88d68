// The pooling strategies of bert-as-service: their names, their numbers, and what they are here.
import type { Pooling } from '../../bert/index.js';
import { FlagValueError } from './flags/flag.js';

/** One strategy. */
export interface PoolingStrategy {
  readonly name: string;
  /** What the status calls it by. */
  readonly number: number;
  readonly pooling: Pooling;
}

const strategies: readonly PoolingStrategy[] = [
  { name: 'NONE', number: 0, pooling: 'none' },
  { name: 'REDUCE_MAX', number: 1, pooling: 'max' },
  { name: 'REDUCE_MEAN', number: 2, pooling: 'mean' },
  { name: 'REDUCE_MEAN_MAX', number: 3, pooling: 'mean_max' },
  { name: 'FIRST_TOKEN', number: 4, pooling: 'first' },
  { name: 'LAST_TOKEN', number: 5, pooling: 'last' },
  { name: 'CLS_POOLED', number: 6, pooling: 'pooler' },
  { name: 'CLASSIFICATION', number: 7, pooling: 'classification' },
  { name: 'REGRESSION', number: 8, pooling: 'regression' },
];

/** Other names of the same. */
const aliases: Readonly<Record<string, string>> = {
  CLS_TOKEN: 'FIRST_TOKEN',
  SEP_TOKEN: 'LAST_TOKEN',
};

// All names, for sentences.
const strategyNames = [...strategies.map(({ name }) => name), ...Object.keys(aliases)];

/** The strategy of a number. */
export function strategyOf(number: number): PoolingStrategy {
  return strategies[number];
}

/** Reads a strategy, by name (in any case) or number. @throws FlagValueError */
export function readStrategy(word: string): PoolingStrategy {
  const upper = word.trim().toUpperCase();
  const name = Object.hasOwn(aliases, upper) ? aliases[upper] : upper;
  const found = strategies.find(
    (strategy) => strategy.name === name || String(strategy.number) === name,
  );
  if (found !== undefined) return found;
  throw new FlagValueError(
    `invalid choice: '${word}' (choose from ${strategyNames.join(', ')}, or a number from 0 to 8)`,
  );
}

/** Whether -pooling_layer counts: the others are made of the last layer. */
export function usesLayers({ pooling }: PoolingStrategy): boolean {
  return !['pooler', 'classification', 'regression'].includes(pooling);
}
