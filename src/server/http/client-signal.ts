// Tells work that its client has left.
import type { ServerResponse } from 'node:http';
import { ClientGone } from './refusal.js';

/** Aborts with ClientGone when the connection ends before the answer does. */
export function clientSignal(outgoing: ServerResponse): AbortSignal {
  const controller = new AbortController();
  const end = (): void => {
    if (!outgoing.writableFinished) controller.abort(new ClientGone());
  };
  if (outgoing.destroyed) end();
  else outgoing.once('close', end);
  return controller.signal;
}
