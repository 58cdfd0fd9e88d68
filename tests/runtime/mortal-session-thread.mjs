// The thread of a worker pool, except that it dies when a run says so in an input named "fate".
import { parentPort } from 'node:worker_threads';

const fates = {
  // Gone before the run.
  1: () => process.exit(3),
  // An exception that nobody catches.
  2: () =>
    setImmediate(() => {
      throw new Error('thrown in the thread');
    }),
  // More heap than a thread may have.
  3: () => {
    const hoard = [];
    for (;;) hoard.push(new Array(1_000_000).fill(hoard.length));
  },
  // At some moment soon: before, between or after runs.
  4: () => setTimeout(() => process.exit(4), Math.random() * 20),
};

// In front of the listener of the real thread.
const on = parentPort.on.bind(parentPort);
parentPort.on = (event, listener) =>
  on(event, (message) => {
    const fate = message?.kind === 'run' ? message.request.fate : undefined;
    if (fate !== undefined) fates[fate.data[0]]();
    listener(message);
  });

await import('../../dist/runtime/session-thread.js');
