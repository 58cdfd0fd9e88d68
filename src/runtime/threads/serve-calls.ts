// The thread's end of the calls: takes them one after another and answers each exactly once.
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../thrown.js';
import { leaveNativeCode, type NativePhase } from './native-phase.js';
import type { AnswerMessage, CallMessage, Protocol, ThreadData } from './thread-messages.js';

/** An answer, with the buffers that go along with it. */
interface Answer<Value> {
  readonly value: Value;
  readonly transfer?: readonly ArrayBuffer[];
}

/** The functions that do what `Calls` ask; what they throw is reported with its message. */
export type Handlers<Calls extends Protocol> = {
  readonly [Kind in keyof Calls]: (
    request: Calls[Kind]['request'],
  ) => Promise<Answer<Calls[Kind]['reply']>>;
};

type AnyHandler = (request: unknown) => Promise<Answer<unknown>>;

/**
 * Answers calls until the main thread asks to end. `makeHandlers` gets the words that guard native code.
 * To be called once, by a thread's entry file.
 */
export function serveCalls<Calls extends Protocol>(
  makeHandlers: (phase: NativePhase) => Handlers<Calls>,
): void {
  if (parentPort === null) throw new Error('this file runs in a worker thread only');
  const port = parentPort;
  const { phase } = workerData as ThreadData;
  const handlers = new Map<string, AnyHandler>(Object.entries(makeHandlers(phase)));
  const post = (message: AnswerMessage, transfer: readonly ArrayBuffer[] = []): void => {
    port.postMessage(message, transfer);
  };

  async function answer({ call, kind, request }: CallMessage): Promise<void> {
    const handler = handlers.get(kind);
    try {
      if (handler === undefined) throw new Error(`the thread knows no call "${kind}"`);
      const { value, transfer } = await handler(request);
      post({ call, kind: 'reply', value }, transfer);
    } catch (error) {
      post({ call, kind: 'failure', reason: messageOf(error) });
    }
  }

  // Each call waits for the one before it, although messages arrive while a call awaits something.
  let previous = Promise.resolve();
  port.on('message', (message: CallMessage | null) => {
    previous = previous.then(() => {
      if (message !== null) return answer(message);
      // With its port closed nothing keeps the thread alive, and it ends outside of native code.
      port.close();
      return undefined;
    });
  });
  // A thread that ends inside, by an error of ours say, must not be waited for.
  process.once('exit', () => {
    leaveNativeCode(phase);
  });
  // The native library is loaded by now: from here on the thread is outside unless it says otherwise.
  leaveNativeCode(phase);
}
