// Bounds the open connections so that those who only hold them cannot keep the others out.
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Keeps at most `most` connections open. Beyond that, the one that has been sending its request for longest, or
 * has been idle for longest, gives way to the new one; where all are being answered, the new one is closed.
 */
export function boundSockets(server: Server, most: number): void {
  const open = new Set<Socket>();
  // In the order in which they began to wait for a request, or for the rest of one.
  const unfinished = new Set<Socket>();
  server.on('connection', (socket) => {
    open.add(socket);
    unfinished.add(socket);
    socket.once('close', () => {
      open.delete(socket);
      unfinished.delete(socket);
    });
    if (open.size <= most) return;
    for (const oldest of unfinished) {
      oldest.destroy();
      return;
    }
  });
  server.on('request', (incoming, outgoing) => {
    const { socket } = incoming;
    const answer = (): void => {
      unfinished.delete(socket);
    };
    if (
      incoming.headers['content-length'] === undefined &&
      incoming.headers['transfer-encoding'] === undefined
    ) {
      answer();
    } else incoming.once('end', answer);
    outgoing.once('close', () => {
      // At the end of the line, wherever it was.
      unfinished.delete(socket);
      if (open.has(socket)) unfinished.add(socket);
    });
  });
}
