// What the main thread and its worker threads say to each other.
import type { NativePhase } from './native-phase.js';

/** One kind of call: what is asked and what is answered. */
interface Call {
  readonly request: unknown;
  readonly reply: unknown;
}

/** The calls that a thread answers, by kind. */
export type Protocol = Readonly<Record<string, Call>>;

/** Given to a thread when it starts. */
export interface ThreadData {
  readonly phase: NativePhase;
}

/** From the main thread; `null` in its place asks the thread to end. */
export interface CallMessage {
  readonly call: number;
  readonly kind: string;
  readonly request: unknown;
}

/** From the thread. */
export type AnswerMessage =
  | { readonly call: number; readonly kind: 'reply'; readonly value: unknown }
  | { readonly call: number; readonly kind: 'failure'; readonly reason: string };
