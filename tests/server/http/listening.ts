// Listeners that end with the test that opened them, and sockets that speak HTTP by hand.
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import {
  type HttpListener,
  type HttpListenerOptions,
  listenHttp,
} from '../../../src/server/http/index.js';
import { FakeService } from './fake-service.js';

export interface Listening {
  readonly service: FakeService;
  readonly listener: HttpListener;
  readonly url: string;
}

export async function listen(options: Partial<HttpListenerOptions> = {}): Promise<Listening> {
  const service = new FakeService();
  const listener = await listenHttp(service, {
    host: '127.0.0.1',
    port: 0,
    cors: '*',
    maxConnections: 10,
    ...options,
  });
  onTestFinished(() => listener.close({ graceMilliseconds: 0 }));
  return { service, listener, url: `http://127.0.0.1:${listener.port}` };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

export async function ask(url: string, path: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url + path, init);
  const body = (await response.json()) as Record<string, unknown>;
  return { status: response.status, headers: response.headers, body };
}

export function post(
  url: string,
  body: object | string | Buffer,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const bytes =
    typeof body === 'string'
      ? body
      : Buffer.isBuffer(body)
        ? new Uint8Array(body)
        : JSON.stringify(body);
  return ask(url, '/encode', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: bytes,
  });
}

/** A socket on which a test writes what no HTTP library would. */
export class RawSocket {
  received = '';
  closed = false;

  private constructor(readonly socket: Socket) {
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.received += text;
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.closed = true;
    });
    onTestFinished(() => {
      socket.destroy();
    });
  }

  static open(port: number): Promise<RawSocket> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('error', reject);
      socket.once('connect', () => {
        resolve(new RawSocket(socket));
      });
    });
  }

  write(text: string | Uint8Array): void {
    this.socket.write(text);
  }

  status(): number {
    return Number(/^HTTP\/1\.1 (\d+)/.exec(this.received)?.[1]);
  }

  record(): { error: { code: string; message: string } } {
    const start = this.received.indexOf('{');
    const end = this.received.lastIndexOf('}') + 1;
    return JSON.parse(this.received.slice(start, end)) as {
      error: { code: string; message: string };
    };
  }
}

export function encodeHead(headers: string): string {
  return `POST /encode HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${headers}\r\n\r\n`;
}
