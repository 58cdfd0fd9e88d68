// The thread of a stateful session, except that it dies when a step says so in an input named "fate".
import { parentPort } from 'node:worker_threads';

// In front of the listener of the real thread.
const on = parentPort.on.bind(parentPort);
parentPort.on = (event, listener) =>
  on(event, (message) => {
    if (message?.kind === 'steps' && message.request.feeds.some(({ fate }) => fate !== undefined)) {
      process.exit(5);
    }
    listener(message);
  });

await import('../../dist/runtime/stateful-thread.js');
