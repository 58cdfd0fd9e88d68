// Gives large memory back at once instead of when the garbage collector comes by.
import { MessageChannel } from 'node:worker_threads';

const { port1: nowhere, port2: end } = new MessageChannel();
end.close();

/**
 * Frees `buffers`; they are detached. A thread that works in native code makes little garbage that its
 * collector would count, so that buffers of many megabytes stay for long: transferred to a port that leads
 * nowhere they are gone.
 */
export function discard(buffers: readonly ArrayBuffer[]): void {
  if (buffers.length > 0) nowhere.postMessage(null, buffers);
}
