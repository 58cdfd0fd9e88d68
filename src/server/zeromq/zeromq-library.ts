// ZeroMQ, loaded when a service starts that speaks it: the command line's other parts go without its native part.
import type * as ZeroMQ from 'zeromq';
import { polytagError } from '../../errors/index.js';

/** @throws PolytagError ZEROMQ_UNAVAILABLE */
export async function loadZeroMQ(): Promise<typeof ZeroMQ> {
  try {
    return await import('zeromq');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n', 1)[0] : String(cause);
    throw polytagError('ZEROMQ_UNAVAILABLE', { reason }, { cause });
  }
}

/** Settings of all sockets that listen. */
export const connectionOptions = {
  /** Connections that wait to be accepted: many clients may start at a time. */
  backlog: 1_024,
  linger: 0,
  // A client whose machine has vanished says nothing: after some two minutes its connection counts as broken.
  tcpKeepalive: 1,
  tcpKeepaliveIdle: 60,
  tcpKeepaliveInterval: 15,
  tcpKeepaliveCount: 4,
} as const;
