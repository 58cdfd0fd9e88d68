// A worker thread seen from the main thread: typed calls, an orderly end, and news of a disorderly one.
import { Worker } from 'node:worker_threads';
import { asError } from '../thrown.js';
import { guardNewThread, releaseThread, setInterrupted } from './native-phase.js';
import type { AnswerMessage, CallMessage, Protocol, ThreadData } from './thread-messages.js';

/** The thread ended before it answered. */
export class ThreadEnded extends Error {
  override readonly name = 'ThreadEnded';
}

/** The thread answered that the work failed; the message says why, in ONNX Runtime's words. */
export class ThreadFailure extends Error {
  override readonly name = 'ThreadFailure';
}

/**
 * A session's tensors lie outside the JavaScript heap; what lies inside is small. A thread that wants
 * more than this many megabytes of heap has gone wrong, and dies alone before it takes the process along.
 */
const HEAP_MEGABYTES = 256;

interface PendingCall {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A running thread that answers the calls of protocol `Calls`, one after another. */
export class Thread<Calls extends Protocol> {
  readonly #worker: Worker;
  readonly #phase = guardNewThread();
  readonly #pending = new Map<number, PendingCall>();
  readonly #ended: Promise<string>;
  #endReason: string | undefined;
  #lastError: string | undefined;
  #lastCall = 0;

  /** Starts `entry`, a compiled file that calls `serveCalls`. The thread does not keep the process alive. */
  constructor(entry: URL) {
    this.#worker = startWorker(entry, { phase: this.#phase });
    this.#worker.unref();
    this.#worker.on('message', (message: AnswerMessage) => {
      this.#receive(message);
    });
    this.#worker.on('error', (error: unknown) => {
      this.#lastError = asError(error).message;
    });
    this.#ended = new Promise((resolve) => {
      // Not 'error' but 'exit' counts as the end: it alone comes in every case, and it comes after the
      // messages that the thread had sent before, so that an answer which was given is never lost.
      this.#worker.once('exit', (code) => {
        resolve(this.#end(code));
      });
    });
  }

  /** Resolves to the reason when the thread has ended, whatever the reason. */
  get ended(): Promise<string> {
    return this.#ended;
  }

  /** Whether it has ended. */
  get hasEnded(): boolean {
    return this.#endReason !== undefined;
  }

  /**
   * Has the thread do `kind`. Calls are answered in the order in which they are made. The buffers in
   * `transfer` are handed over: they are detached here.
   * @throws ThreadFailure when the work failed, ThreadEnded when the thread ended first
   */
  call<Kind extends keyof Calls & string>(
    kind: Kind,
    request: Calls[Kind]['request'],
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<Calls[Kind]['reply']> {
    return new Promise((resolve, reject) => {
      if (this.#endReason !== undefined) {
        reject(new ThreadEnded(this.#endReason));
        return;
      }
      const call = (this.#lastCall += 1);
      const message: CallMessage = { call, kind, request };
      // Posted before it is noted as pending: what cannot be cloned throws here and rejects this promise.
      this.#worker.postMessage(message, transfer);
      this.#pending.set(call, { resolve, reject });
    });
  }

  /** Makes the process stay alive for this thread, or not (as at the start). */
  keepAlive(wanted: boolean): void {
    if (wanted) this.#worker.ref();
    else this.#worker.unref();
  }

  /** Has the running call leave off between two steps, if it is one that has steps; false takes it back. */
  interrupt(wanted: boolean): void {
    setInterrupted(this.#phase, wanted);
  }

  /**
   * Ends the thread when the calls made so far are answered, a call with steps being interrupted. A run
   * inside native code cannot be cut short.
   */
  async stop(): Promise<void> {
    if (this.#endReason === undefined) {
      this.interrupt(true);
      this.keepAlive(true);
      // A message, not terminate(): the thread ends itself where it is safe, after what was sent before.
      this.#worker.postMessage(null);
    }
    await this.#ended;
  }

  #receive(message: AnswerMessage): void {
    const pending = this.#pending.get(message.call);
    if (pending === undefined) return;
    this.#pending.delete(message.call);
    if (message.kind === 'reply') pending.resolve(message.value);
    else pending.reject(new ThreadFailure(message.reason));
  }

  #end(code: number): string {
    const reason = this.#lastError ?? `the thread ended with exit code ${code}`;
    this.#endReason = reason;
    releaseThread(this.#phase);
    for (const { reject } of this.#pending.values()) reject(new ThreadEnded(reason));
    this.#pending.clear();
    return reason;
  }
}

function startWorker(entry: URL, workerData: ThreadData): Worker {
  // ONNX Runtime would tell its maker about every session, and keep a file with an identifier for that. It
  // looks at this once, when the first thread loads it; whoever wants it sent sets 0.
  process.env.ORT_DISABLE_TELEMETRY ??= '1';
  try {
    return new Worker(entry, {
      workerData,
      // Loaders and inspectors of the program that uses us have no business in here.
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MEGABYTES },
    });
  } catch (error) {
    // The system has no more threads to give; nobody must wait for this one.
    releaseThread(workerData.phase);
    throw error;
  }
}
