// The settings of a worker pool, and what its threads are made from.
import { checkCount } from '../counts.js';
import { type ModelSource, shareModel } from '../model-source.js';
import type { GraphOptimization } from '../session.js';
import type { WorkerRecipe } from './pool-worker.js';

/** How a pool is made. */
export interface PoolOptions {
  /** Worker threads, 1 or more. Default: one for each core that this process may use. */
  readonly workers?: number | undefined;
  /**
   * Threads inside one session, 1 or more. Default 1: workers with one thread each do more texts a second than
   * fewer workers with several. More shorten the time of a single run.
   */
  readonly threadsPerWorker?: number | undefined;
  /** Runs that may wait, besides those that run; further ones are refused. Default 1024. */
  readonly maxQueued?: number | undefined;
  /**
   * Keep freed memory for the next run. Default true: with lengths that vary, memory stayed lower than
   * without it (162 against 180 MB at 512 tokens a batch, 246 against 497 MB at 4096), at the same speed.
   */
  readonly memoryArena?: boolean | undefined;
  /**
   * Remember a memory plan for each combination of input shapes. Default false: with shapes that vary it
   * grows with their number and gains nothing.
   */
  readonly memoryPatterns?: boolean | undefined;
  /** Rewritings of the graph at loading. Default "all". */
  readonly graphOptimization?: GraphOptimization | undefined;
  /** Another entry file for the threads, answering the same calls; for tests of threads that die. */
  readonly entry?: URL | undefined;
}

/** @throws PolytagError OPTION_INVALID */
export function makeRecipe(model: ModelSource, options: PoolOptions): WorkerRecipe {
  const { threadsPerWorker = 1, memoryArena = true, memoryPatterns = false } = options;
  checkCount('threadsPerWorker', threadsPerWorker);
  return {
    entry: options.entry ?? new URL('../session-thread.js', import.meta.url),
    model: shareModel(model),
    settings: {
      threads: threadsPerWorker,
      memoryArena,
      memoryPatterns,
      graphOptimization: options.graphOptimization ?? 'all',
    },
  };
}
