// Maps a stream of any length through a worker pool: batches of like length, results in input order.
import { checkCount } from '../counts.js';
import {
  BatchMapping,
  type BatchRunner,
  type BatchWork,
  type MapSettings,
} from './batch-mapping.js';

/** How the stream is cut, and how much of it is under way. */
interface MapOptions {
  /**
   * Tokens of a batch at most, padding included. Default 512: from 256 to 1024 tokens a batch a worker
   * was equally fast, with 2048 and more it was slower by a tenth to a fifth and took more memory.
   */
  readonly tokenBudget?: number | undefined;
  /** Rows of a batch at most. Default: no limit. */
  readonly maxRows?: number | undefined;
  /**
   * Items that are read before they are sorted by length, at most. Default 4096. More means less padding,
   * more memory, and a longer wait for the first result.
   */
  readonly windowItems?: number | undefined;
  /** Tokens that are read before they are sorted, about. Default 1,048,576. */
  readonly windowTokens?: number | undefined;
  /** Batches given to the pool at a time. Default: two for each worker, so that one is always waiting. */
  readonly inFlight?: number | undefined;
  /** The priority of the batches among other runs of the pool. Default 0. */
  readonly priority?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /**
   * Called with the items of each batch that is done, as it is: sooner than their results come, which wait
   * for their turn. What it throws ends the mapping.
   */
  readonly onBatch?: ((items: number) => void) | undefined;
}

/**
 * Yields one result for each of `items`, in their order. Reads ahead by a bounded number of items and
 * holds a bounded number of results (two windows): a consumer that does not ask for more stops the
 * reading. Which items share a batch depends on the items and the options only, not on workers or timing,
 * and so do the results.
 *
 * Leaving the loop early, an error and the signal all give up what is under way, and close `items`, before
 * the generator ends.
 *
 * @throws what the pool, `work` or `items` throw; the signal's reason; PolytagError OPTION_INVALID
 */
export async function* mapInBatches<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  work: BatchWork<Item, Result>,
  pool: BatchRunner,
  options: MapOptions = {},
): AsyncGenerator<Result, void, undefined> {
  const settings = settle(options, pool);
  options.signal?.throwIfAborted();
  const mapping = new BatchMapping(items, work, pool, settings);
  try {
    yield* mapping.results();
  } finally {
    await mapping.end();
  }
}

function settle(options: MapOptions, pool: BatchRunner): MapSettings {
  const settings = {
    tokenBudget: options.tokenBudget ?? 512,
    maxRows: options.maxRows ?? Number.MAX_SAFE_INTEGER,
    windowItems: options.windowItems ?? 4096,
    windowTokens: options.windowTokens ?? 2 ** 20,
    inFlight: options.inFlight ?? 2 * pool.workers,
  };
  for (const [option, value] of Object.entries(settings)) checkCount(option, value);
  const { priority, signal, onBatch } = options;
  return { ...settings, priority, signal, onBatch };
}
