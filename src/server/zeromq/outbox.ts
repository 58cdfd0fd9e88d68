// Replies that wait to be handed over, bounded for each client and for all together.
import { keyOf } from './subscriptions.js';

/** A reply's frames, as a socket takes them. */
export type Frames = readonly (string | Uint8Array)[];

/** Memory that a reply takes beside its frames, about. */
const overhead = 1_024;

/** Identities for which replies may wait at a time. */
const mostLines = 65_536;

/** Most bytes in wait. The only reply to an identity may go beyond, so that one of any size can be sent. */
export interface OutboxLimits {
  readonly identityBytes: number;
  readonly totalBytes: number;
}

/** A reply in wait. */
export interface Reply {
  readonly frames: Frames;
  readonly bytes: number;
  /** When it was added, in milliseconds. */
  readonly since: number;
}

/** The replies to one identity, the oldest first. */
export class Line {
  /** Since when the socket has not taken its first reply, in milliseconds. */
  blockedSince: number | undefined;
  #replies: Reply[] = [];
  #start = 0;
  #bytes = 0;

  constructor(readonly identity: Uint8Array) {}

  get length(): number {
    return this.#replies.length - this.#start;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The oldest; undefined if there is none. */
  get first(): Reply | undefined {
    return this.#replies[this.#start];
  }

  push(reply: Reply): void {
    this.#replies.push(reply);
    this.#bytes += reply.bytes;
  }

  shift(): Reply | undefined {
    const reply = this.first;
    if (reply === undefined) return undefined;
    this.#start += 1;
    this.#bytes -= reply.bytes;
    // Taking each off the front of a long array would move all others each time.
    if (this.#start >= 64 || this.#start === this.#replies.length) {
      if (2 * this.#start >= this.#replies.length) {
        this.#replies = this.#replies.slice(this.#start);
        this.#start = 0;
      }
    }
    return reply;
  }
}

/** Replies by identity. Above its bounds it gives up the oldest replies of whoever has most. */
export class Outbox {
  readonly #lines = new Map<string, Line>();
  readonly #limits: OutboxLimits;
  #bytes = 0;
  #replies = 0;

  constructor(limits: OutboxLimits) {
    this.#limits = limits;
  }

  /** Bytes in wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Replies in wait. */
  get replies(): number {
    return this.#replies;
  }

  /**
   * Adds a reply.
   * @param now in milliseconds
   * @returns its line, and the identities whose replies were given up for it, once for each reply
   */
  add(
    identity: Uint8Array,
    frames: Frames,
    now: number,
  ): { readonly line: Line; readonly givenUp: readonly Uint8Array[] } {
    const key = keyOf(identity);
    const line = this.#lines.get(key) ?? new Line(identity);
    this.#lines.set(key, line);
    const bytes = frames.reduce((sum, frame) => sum + frame.length, overhead);
    line.push({ frames, bytes, since: now });
    this.#bytes += bytes;
    this.#replies += 1;
    return { line, givenUp: this.#keepToLimits(line) };
  }

  /** Takes the first reply off a line: it has been sent, or is given up. */
  shift(line: Line): void {
    const reply = line.shift();
    if (reply === undefined) return;
    this.#bytes -= reply.bytes;
    this.#replies -= 1;
    const key = keyOf(line.identity);
    if (line.length === 0 && this.#lines.get(key) === line) this.#lines.delete(key);
  }

  /** Gives up all. @returns the identities, once for each reply */
  clear(): Uint8Array[] {
    const givenUp: Uint8Array[] = [];
    for (const line of [...this.#lines.values()]) {
      while (line.length > 0) givenUp.push(this.#giveUp(line));
    }
    return givenUp;
  }

  #keepToLimits(line: Line): Uint8Array[] {
    const { identityBytes, totalBytes } = this.#limits;
    const givenUp: Uint8Array[] = [];
    while (line.bytes > identityBytes && line.length > 1) givenUp.push(this.#giveUp(line));
    while (this.#lines.size > 1 && (this.#bytes > totalBytes || this.#lines.size > mostLines)) {
      givenUp.push(this.#giveUp(this.#largest()));
    }
    return givenUp;
  }

  #giveUp(line: Line): Uint8Array {
    this.shift(line);
    return line.identity;
  }

  /** The line with the most bytes; of several the oldest. */
  #largest(): Line {
    let largest: Line | undefined;
    for (const line of this.#lines.values()) {
      if (largest === undefined || line.bytes > largest.bytes) largest = line;
    }
    if (largest === undefined) throw new Error('an outbox above its bounds has lines');
    return largest;
  }
}
