// Tells work that nobody waits for it any more: its client has left, or its time is up.
import type { ServerResponse } from 'node:http';
import { ClientGone, Refusal } from './refusal.js';

/** What a request goes by. */
export interface RequestSignal {
  /** Aborts with ClientGone when the connection ends before the answer does, with Refusal DEADLINE after the time. */
  readonly signal: AbortSignal;
  /** The work is done: the time counts no more. */
  readonly settle: () => void;
}

/** @param milliseconds for all the work; the writing of the answer has limits of its own */
export function requestSignal(outgoing: ServerResponse, milliseconds: number): RequestSignal {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    const seconds = Math.round(milliseconds / 1000);
    const message = `the request was not answered within ${seconds} seconds; send less at a time or try again later`;
    controller.abort(new Refusal('DEADLINE', message));
  }, milliseconds);
  const leave = (): void => {
    clearTimeout(timer);
    if (!outgoing.writableFinished) controller.abort(new ClientGone());
  };
  if (outgoing.destroyed) leave();
  else outgoing.once('close', leave);
  return {
    signal: controller.signal,
    settle: () => {
      clearTimeout(timer);
    },
  };
}
