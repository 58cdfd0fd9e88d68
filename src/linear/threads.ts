// Runs the tasks of a phase on worker threads: one at a time on each.
import { Worker } from 'node:worker_threads';
import type { ThreadReply, ThreadStart } from './baseline-thread.js';
import type { PhaseName, Phases } from './thread-phases.js';

/** The tasks of a phase, made when their turn comes, so that only those at work are in memory. */
export interface PhaseTasks<Name extends PhaseName> extends ThreadStart<Name> {
  readonly tasks: number;
  readonly makeTask: (index: number) => Phases[Name]['task'];
}

/** How to run them. */
export interface ThreadOptions<Name extends PhaseName> {
  /** Threads at most; no more are started than there are tasks. */
  readonly threads: number;
  readonly signal?: AbortSignal | undefined;
  /** Called for each task, in the order in which they end. */
  readonly onResult: (result: Phases[Name]['result'], index: number) => void;
  readonly onStep?: ((step: number, index: number) => void) | undefined;
}

/**
 * Runs all tasks and ends the threads. If a thread fails, or `signal` is aborted, all are ended at once.
 *
 * @throws the reason of `signal`; or what a thread threw
 */
export async function runOnThreads<Name extends PhaseName>(
  work: PhaseTasks<Name>,
  options: ThreadOptions<Name>,
): Promise<void> {
  const { threads, signal, onResult, onStep } = options;
  signal?.throwIfAborted();
  const workers: Worker[] = [];
  const abortion = watchAbortion(signal);
  let next = 0;
  const drain = async (worker: Worker): Promise<void> => {
    while (next < work.tasks) {
      const index = next++;
      const task = work.makeTask(index);
      onResult(await runTask<Name>(worker, task, (step) => onStep?.(step, index)), index);
    }
  };
  try {
    for (let count = Math.min(threads, work.tasks); count > 0; count--) {
      workers.push(startThread(work));
    }
    await Promise.race([Promise.all(workers.map(drain)), abortion.happened]);
    signal?.throwIfAborted();
  } finally {
    abortion.forget();
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function startThread<Name extends PhaseName>({ phase, setup }: PhaseTasks<Name>): Worker {
  const start: ThreadStart<Name> = { phase, setup };
  return new Worker(new URL('./baseline-thread.js', import.meta.url), { workerData: start });
}

function runTask<Name extends PhaseName>(
  worker: Worker,
  task: Phases[Name]['task'],
  onStep: (step: number) => void,
): Promise<Phases[Name]['result']> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
    };
    const onMessage = (reply: ThreadReply<Name>): void => {
      if ('step' in reply) {
        onStep(reply.step);
        return;
      }
      settle();
      resolve(reply.result);
    };
    const onError = (error: Error): void => {
      settle();
      reject(error);
    };
    const onExit = (code: number): void => {
      settle();
      reject(new Error(`a thread of the linear baseline ended with code ${code}`));
    };
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    worker.postMessage(task);
  });
}

/** A promise that is kept when `signal` is aborted, and a way to let go of the signal. */
function watchAbortion(signal: AbortSignal | undefined): {
  happened: Promise<void>;
  forget: () => void;
} {
  let forget = (): void => undefined;
  const happened = new Promise<void>((resolve) => {
    const onAbort = (): void => {
      resolve();
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    forget = () => signal?.removeEventListener('abort', onAbort);
  });
  return { happened, forget };
}
