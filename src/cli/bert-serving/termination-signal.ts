// Tells a running server to end, and waits until it has.
import { connect } from 'node:net';
import type * as zeromq from 'zeromq';
import { polytagError } from '../../errors/index.js';
import { writeRequest } from '../../wire/index.js';

/** Where a server takes requests. */
export interface RequestAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Opens and closes a connection: ZeroMQ itself would wait for a server that is not there.
 * @throws PolytagError SERVER_NOT_FOUND
 */
export async function findServer(address: RequestAddress, milliseconds: number): Promise<void> {
  const reason = await new Promise<string | undefined>((resolve) => {
    const socket = connect({ host: address.host, port: address.port });
    socket.setTimeout(milliseconds);
    const finish = (outcome: string | undefined): void => {
      socket.destroy();
      resolve(outcome);
    };
    socket
      .on('connect', () => {
        finish(undefined);
      })
      .on('timeout', () => {
        finish(`no connection within ${milliseconds} ms`);
      })
      .on('error', (error) => {
        finish(explain(error));
      });
  });
  if (reason !== undefined) {
    throw polytagError('SERVER_NOT_FOUND', { address: spell(address), reason });
  }
}

/** A host of several addresses fails with one error for each. */
function explain(error: NodeJS.ErrnoException): string {
  return error instanceof AggregateError
    ? error.errors.map((each) => (each instanceof Error ? each.message : String(each))).join(', ')
    : error.message;
}

/**
 * Sends the signal.
 * @param onSent called once it is on its way
 * @throws PolytagError SERVER_STILL_LISTENS when the server has not hung up after `milliseconds`
 */
export async function sendTermination(
  address: RequestAddress,
  milliseconds: number,
  onSent: () => void,
): Promise<void> {
  const { Push } = await loadZeroMQ();
  const ipv6 = address.host.includes(':');
  const socket = new Push({ ipv6, linger: milliseconds, sendTimeout: milliseconds });
  const gone = new Promise<void>((resolve) => {
    socket.events.on('disconnect', () => {
      resolve();
    });
  });
  const late = new AbortController();
  try {
    socket.connect(`tcp://${spell(address)}`);
    await socket.send(writeRequest(Buffer.from('0'), '0', { kind: 'terminate' }));
    onSent();
    const isGone = await Promise.race([
      gone.then(() => true),
      waitFor(milliseconds, late.signal).then(() => false),
    ]);
    if (!isGone) {
      throw polytagError('SERVER_STILL_LISTENS', { address: spell(address), milliseconds });
    }
  } finally {
    late.abort();
    socket.close();
  }
}

async function waitFor(milliseconds: number, signal: AbortSignal): Promise<void> {
  const { setTimeout } = await import('node:timers/promises');
  await setTimeout(milliseconds, undefined, { signal }).catch(() => undefined);
}

async function loadZeroMQ(): Promise<typeof zeromq> {
  try {
    return await import('zeromq');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n', 1)[0] : String(cause);
    throw polytagError('ZEROMQ_UNAVAILABLE', { reason }, { cause });
  }
}

function spell({ host, port }: RequestAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
