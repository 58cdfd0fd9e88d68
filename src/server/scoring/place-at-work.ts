// Does work for a request once there is a place for its texts, and gives the place back.
import type { RequestContext } from './served-model.js';
import type { Door } from './serving-options.js';

/** The wait counts as time in line. @throws what the door and `work` throw */
export async function workInside<Result>(
  door: Door | undefined,
  texts: number,
  { signal, timings }: RequestContext,
  work: () => Promise<Result>,
): Promise<Result> {
  const came = performance.now();
  const leave = await door?.enter(texts, signal);
  timings.queue += performance.now() - came;
  try {
    return await work();
  } finally {
    leave?.();
  }
}
