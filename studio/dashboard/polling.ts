// Asks the service for its status once a second, and knows whether it still answers.
import { useEffect, useState } from 'preact/hooks';
import { addSample, type History } from './history.js';
import { readServerStatus, type ServerStatus } from './server-status.js';

export type Connection =
  | { readonly state: 'connecting' }
  | { readonly state: 'live' }
  /** Since when, in milliseconds since 1970: the last answer, or the first question. */
  | { readonly state: 'lost'; readonly since: number };

export interface Polled {
  readonly connection: Connection;
  /** The last that was heard, also while the connection is lost. */
  readonly status: ServerStatus | undefined;
  readonly history: History;
}

const intervalMilliseconds = 1000;
const patienceMilliseconds = 5000;

async function askStatus(): Promise<ServerStatus> {
  const answer = await fetch('status/server', {
    cache: 'no-store',
    signal: AbortSignal.timeout(patienceMilliseconds),
  });
  if (!answer.ok) throw new Error(`the service answered ${answer.status}`);
  return readServerStatus(await answer.json());
}

/** What is known after an answer, or after none (`status` undefined). */
export function afterPoll(before: Polled, time: number, status: ServerStatus | undefined): Polled {
  const history = addSample(before.history, time, status);
  if (status !== undefined) return { connection: { state: 'live' }, status, history };
  const connection =
    before.connection.state === 'lost'
      ? before.connection
      : ({ state: 'lost', since: before.history.at(-1)?.time ?? time } as const);
  return { connection, status: before.status, history };
}

/** Polls for as long as the component is there. */
export function usePolledStatus(): Polled {
  const [polled, setPolled] = useState<Polled>({
    connection: { state: 'connecting' },
    status: undefined,
    history: [],
  });
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let ended = false;
    const poll = async (): Promise<void> => {
      const begun = Date.now();
      const status = await askStatus().catch(() => undefined);
      if (ended) return;
      const now = Date.now();
      setPolled((before) => afterPoll(before, now, status));
      // The next one is due a second after this one began: a slow answer does not slow the pace, nor pile up.
      timer = setTimeout(() => void poll(), Math.max(0, begun + intervalMilliseconds - now));
    };
    void poll();
    return () => {
      ended = true;
      clearTimeout(timer);
    };
  }, []);
  return polled;
}
