// The worker thread of a baseline: runs the tasks of the phase that it was started for, one after another.
import { parentPort, workerData } from 'node:worker_threads';
import { type PhaseName, type Phases, phases, type TaskRunner } from './thread-phases.js';

/** What a thread is started with. */
export interface ThreadStart<Name extends PhaseName> {
  readonly phase: Name;
  readonly setup: Phases[Name]['setup'];
}

/** What comes from a thread: steps of the task at hand, and in the end its result. */
export type ThreadReply<Name extends PhaseName> =
  | { readonly step: number }
  | { readonly result: Phases[Name]['result'] };

async function serve<Name extends PhaseName>({ phase, setup }: ThreadStart<Name>): Promise<void> {
  const run: TaskRunner<Name> = await phases[phase](setup);
  // Tasks that came meanwhile wait in the port until something listens.
  const reply = (message: ThreadReply<Name>): void => parentPort?.postMessage(message);
  parentPort?.on('message', (task: Phases[Name]['task']) => {
    reply({
      result: run(task, (step) => {
        reply({ step });
      }),
    });
  });
}

await serve(workerData as ThreadStart<PhaseName>);
