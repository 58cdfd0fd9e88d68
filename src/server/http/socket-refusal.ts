// Refuses what never became a request: broken HTTP, too many headers, too little speed.
import type { Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { Refusal, refusalRecord } from './refusal.js';

function refusalForParser(code: string | undefined): Refusal {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new Refusal('HEADERS_TOO_LARGE', 'the headers of the request are larger than 16 KiB');
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new Refusal('REQUEST_TIMEOUT', 'the request did not arrive in time');
  }
  return new Refusal('REQUEST_INVALID', 'this is not an HTTP request');
}

const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};

function writeRefusal(socket: Duplex, refusal: Refusal): void {
  const body = JSON.stringify(refusalRecord(refusal));
  socket.end(
    [
      `HTTP/1.1 ${refusal.status} ${reasons[refusal.status]}`,
      'Content-Type: application/json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
    () => {
      socket.destroy();
    },
  );
}

/** Answers in the same JSON as everywhere, unless an answer has begun on that socket. */
export function refuseBrokenRequests(server: Server): void {
  const answers = new WeakMap<Duplex, ServerResponse>();
  server.on('request', (incoming, outgoing) => {
    answers.set(incoming.socket, outgoing);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const answer = answers.get(socket);
    const begun = answer !== undefined && answer.headersSent && !answer.writableFinished;
    if (error.code === 'ECONNRESET' || !socket.writable || begun) socket.destroy();
    else writeRefusal(socket, refusalForParser(error.code));
  });
}
