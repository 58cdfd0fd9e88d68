// Keeps threads from being stopped inside native code, which would abort the whole process.
//
// When a thread is stopped (`terminate()`, or `process.exit()` in the main thread) while ONNX Runtime
// works for it, the native code returns into an environment that runs no more JavaScript; onnxruntime-node
// answers with a C++ exception that nobody catches, and the process dies with SIGABRT (exit code 134)
// instead of the exit code it was given. So each thread shares a few words of memory with the main
// thread, and whoever wants to stop it waits until it is outside.

/** The shared words: what the thread is doing, and what it has been asked. */
const PHASE = 0;
const STOPPING = 1;
const INTERRUPTED = 2;
const WORDS = 3;

const OUTSIDE = 0;
const INSIDE = 1;

/**
 * How long a process that wants to exit waits for its threads, in milliseconds; a run in native code
 * cannot be cut short, and the longest that is expected is a step of fine-tuning.
 */
const LONGEST_WAIT = 60_000;

/** The words that the main thread shares with one of its threads. */
export type NativePhase = Int32Array<SharedArrayBuffer>;

const guarded = new Set<NativePhase>();

/**
 * Words for a thread that is about to be started. It counts as inside until it says otherwise: loading
 * the native library is no place to be stopped either.
 */
export function guardNewThread(): NativePhase {
  const phase = new Int32Array(new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT));
  Atomics.store(phase, PHASE, INSIDE);
  if (guarded.size === 0) process.on('exit', waitForThreads);
  guarded.add(phase);
  return phase;
}

/** Forgets a thread that has ended. */
export function releaseThread(phase: NativePhase): void {
  guarded.delete(phase);
  if (guarded.size === 0) process.off('exit', waitForThreads);
}

/** Asks the thread to leave off between two steps, or takes that back. */
export function setInterrupted(phase: NativePhase, interrupted: boolean): void {
  Atomics.store(phase, INTERRUPTED, interrupted ? 1 : 0);
}

/** In the thread: whether it was asked to leave off between two steps, or to stop. */
export function isInterrupted(phase: NativePhase): boolean {
  return Atomics.load(phase, INTERRUPTED) === 1 || Atomics.load(phase, STOPPING) === 1;
}

/** In the thread: says that native code is left. */
export function leaveNativeCode(phase: NativePhase): void {
  Atomics.store(phase, PHASE, OUTSIDE);
  Atomics.notify(phase, PHASE);
}

/** In the thread: does native `work`. Never settles when the thread has been asked to stop. */
export async function insideNativeCode<Result>(
  phase: NativePhase,
  work: () => Promise<Result>,
): Promise<Result> {
  // First say "inside", then look whether to stop. The main thread first says "stop", then looks whether
  // the thread is inside. In any interleaving one of the two sees the other; the other way round,
  // both could look before either has spoken.
  Atomics.store(phase, PHASE, INSIDE);
  if (Atomics.load(phase, STOPPING) === 1) {
    leaveNativeCode(phase);
    return new Promise(() => undefined);
  }
  try {
    return await work();
  } finally {
    leaveNativeCode(phase);
  }
}

/** Runs while the process exits, when promises no longer move: blocks until all threads are outside. */
function waitForThreads(): void {
  const deadline = Date.now() + LONGEST_WAIT;
  // All are asked first, so that they finish side by side.
  for (const phase of guarded) Atomics.store(phase, STOPPING, 1);
  for (const phase of guarded) {
    while (Atomics.load(phase, PHASE) === INSIDE && Date.now() < deadline) {
      Atomics.wait(phase, PHASE, INSIDE, deadline - Date.now());
    }
  }
}
