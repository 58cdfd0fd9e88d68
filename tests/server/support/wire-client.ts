// A client that says what a test wants it to say, frame by frame, and keeps what it hears.
import { randomUUID } from 'node:crypto';
import { Push, Subscriber } from 'zeromq';
import type { EncoderServer } from '../../../src/server/index.js';
import { readReply, type WireReply } from '../../../src/wire/index.js';

type Frame = string | Uint8Array;

export class WireClient {
  readonly identity: string;
  readonly push = new Push({ linger: 0 });
  readonly subscriber = new Subscriber({ linger: 0 });
  /** Replies by request id, in the order of their coming. */
  readonly replies: WireReply[] = [];
  private readonly waiting = new Map<string, (reply: WireReply) => void>();
  private lastId = 0;

  constructor({ port, portOut }: EncoderServer, identity: string = randomUUID()) {
    this.identity = identity;
    this.subscriber.subscribe(identity);
    this.push.connect(`tcp://127.0.0.1:${port}`);
    this.subscriber.connect(`tcp://127.0.0.1:${portOut}`);
    void this.listen();
  }

  /** Sends a request and waits for its reply. */
  async ask(body: Frame, count = 1): Promise<WireReply> {
    const id = String(++this.lastId);
    const reply = this.replyTo(id);
    await this.push.send([this.identity, body, id, String(count)]);
    return reply;
  }

  async encode(texts: readonly unknown[]): Promise<WireReply> {
    return this.ask(JSON.stringify(texts), texts.length);
  }

  /** The vectors of texts; fails when the reply has none. */
  async vectors(
    texts: readonly unknown[],
  ): Promise<Extract<WireReply, { kind: 'vectors' }>['vectors']> {
    const reply = await this.encode(texts);
    if (reply.kind !== 'vectors') throw new Error(`not vectors: ${JSON.stringify(reply)}`);
    return reply.vectors;
  }

  async record(command: string): Promise<Readonly<Record<string, unknown>>> {
    const reply = await this.ask(command, 0);
    if (reply.kind !== 'record') throw new Error(`not a record: ${JSON.stringify(reply)}`);
    return reply.record;
  }

  /** The next reply to a request id that was not asked for by `ask`. */
  replyTo(id: string): Promise<WireReply> {
    return new Promise((resolve) => this.waiting.set(id, resolve));
  }

  close(): void {
    this.push.close();
    this.subscriber.close();
  }

  private async listen(): Promise<void> {
    for await (const frames of this.subscriber) {
      const reply = readReply(frames);
      this.replies.push(reply);
      this.waiting.get(reply.requestId)?.(reply);
      this.waiting.delete(reply.requestId);
    }
  }
}
