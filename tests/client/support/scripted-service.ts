// A service over real sockets that answers as a test tells it to: PULL takes requests, XPUB sends replies.
import { setTimeout } from 'node:timers/promises';
import { Pull, XPublisher } from 'zeromq';
import {
  readRequest,
  type WireRequest,
  writeRecord,
  writeVectors,
} from '../../../src/wire/index.js';

type Frames = (string | Uint8Array)[];
type EncodeRequest = Extract<WireRequest, { kind: 'encode' }>;

/** How the service answers; frames are sent as they are, nothing means silence. */
export interface Script {
  /** Answers texts. Default: vectors of two numbers, the length of the text and 0.5. */
  readonly encode: (request: EncodeRequest) => Promise<Frames | undefined> | Frames | undefined;
  /** Answers SHOW_CONFIG and SHOW_STATUS; `seen` counts them from 1. */
  readonly record: (request: WireRequest, seen: number) => Frames | undefined;
}

/** A configuration that passes all checks of a client. */
export const goodConfig = {
  server_version: '1.10.0',
  max_seq_len: 25,
  show_tokens_to_client: true,
};

/** Vectors of two numbers for each text of the request: its length, and 0.5; its tokens are its words. */
export function vectorsOf({ identity, requestId, texts }: EncodeRequest): Frames {
  const words = texts.map((text) =>
    Array.isArray(text) ? text.map(String) : String(text).split(' '),
  );
  const data = Float32Array.from(texts.flatMap((text) => [String(text).length, 0.5]));
  return writeVectors(identity, requestId, { data, shape: [texts.length, 2], tokens: words });
}

/** A service that runs until it is closed. */
export class ScriptedService {
  /** Every request that came, in order. */
  readonly requests: WireRequest[] = [];
  private records = 0;
  private last: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly pull: Pull,
    private readonly publisher: XPublisher,
    private readonly script: Partial<Script>,
    readonly port: number,
    readonly portOut: number,
  ) {
    void this.serve();
  }

  /** Starts a service at free ports, or at those of one that was closed. */
  static async start(
    script: Partial<Script> = {},
    at = { port: 0, portOut: 0 },
  ): Promise<ScriptedService> {
    const pull = new Pull({ linger: 0 });
    const publisher = new XPublisher({ linger: 0 });
    const port = await bind(pull, at.port);
    const portOut = await bind(publisher, at.portOut);
    return new ScriptedService(pull, publisher, script, port, portOut);
  }

  /** The requests for vectors that came. */
  get encodeRequests(): EncodeRequest[] {
    return this.requests.filter((request) => request.kind === 'encode');
  }

  /** Takes the port for replies away, as if it had never been there; returns what brings it back. */
  hideReplies(): Promise<() => Promise<void>> {
    const endpoint = `tcp://127.0.0.1:${this.portOut}`;
    return this.publisher.unbind(endpoint).then(() => async () => {
      await bind(this.publisher, this.portOut);
    });
  }

  /** Sends a message to all who subscribed. */
  publish(frames: Frames): Promise<void> {
    // A socket takes one message after another.
    const sent = this.last.then(() => this.publisher.send(frames));
    this.last = sent.catch(() => undefined);
    return sent;
  }

  close(): void {
    this.pull.close();
    this.publisher.close();
  }

  private async serve(): Promise<void> {
    for await (const frames of this.pull) {
      const request = readRequest(frames, { maxBytes: 1 << 26 });
      this.requests.push(request);
      void this.answer(request);
    }
  }

  private async answer(request: WireRequest): Promise<void> {
    const answer = request.kind === 'encode' ? this.encode(request) : this.record(request);
    const frames = await answer;
    if (frames && !this.publisher.closed) {
      await this.publish(frames);
    }
  }

  private encode(request: EncodeRequest) {
    return this.script.encode ? this.script.encode(request) : vectorsOf(request);
  }

  private record(request: WireRequest): Frames | undefined {
    this.records++;
    if (this.script.record) {
      return this.script.record(request, this.records);
    }
    return writeRecord(request.identity, request.requestId, goodConfig);
  }
}

/** Binds a free port, or the given one as soon as whoever had it has let it go: sockets close in their own time. */
async function bind(socket: Pull | XPublisher, port: number): Promise<number> {
  const endpoint = `tcp://127.0.0.1:${port === 0 ? '*' : port}`;
  for (let bound = false; !bound; ) {
    bound = await socket.bind(endpoint).then(
      () => true,
      async (error: unknown) => {
        if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) {
          throw error;
        }
        await setTimeout(5);
        return false;
      },
    );
  }
  return Number(String(socket.lastEndpoint).split(':').at(-1));
}
