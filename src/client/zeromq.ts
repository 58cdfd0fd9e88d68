// ZeroMQ, loaded when the first client connects: whoever imports the library for other things needs no native part.
import type * as ZeroMQ from 'zeromq';
import { polytagError } from '../errors/index.js';
import { endpointOf, type ServiceAddress } from './service-address.js';

/** The two sockets of a client, connecting. */
export interface ServiceSockets {
  readonly requests: ZeroMQ.Push;
  readonly replies: ZeroMQ.Subscriber;
}

/**
 * Opens the sockets of a client that is called `identity`. They connect in their own time, and again whenever
 * the connection breaks.
 * @throws PolytagError ZEROMQ_UNAVAILABLE
 */
export async function openSockets(
  { ip, port, portOut }: ServiceAddress,
  identity: Uint8Array,
): Promise<ServiceSockets> {
  const { Push, Subscriber } = await loadZeroMQ();
  const shared = {
    linger: 0,
    // With IPv6 on, "localhost" would mean ::1 only, where the original does not listen.
    ipv6: ip.includes(':'),
    // A peer whose machine has vanished says nothing: after some two minutes the connection counts as broken.
    tcpKeepalive: 1,
    tcpKeepaliveIdle: 60,
    tcpKeepaliveInterval: 15,
    tcpKeepaliveCount: 4,
  };
  // Requests wait in the client, where they can be given up, rather than in a queue towards nobody.
  const requests = new Push({ ...shared, immediate: true, sendHighWaterMark: 16 });
  const replies = new Subscriber(shared);
  replies.subscribe(Buffer.from(identity));
  requests.connect(endpointOf(ip, port));
  replies.connect(endpointOf(ip, portOut));
  return { requests, replies };
}

async function loadZeroMQ(): Promise<typeof ZeroMQ> {
  try {
    return await import('zeromq');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n', 1)[0] : String(cause);
    throw polytagError('ZEROMQ_UNAVAILABLE', { reason }, { cause });
  }
}
