// Hands replies to clients over an XPUB socket: to those that listen, as fast as each of them reads.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { XPublisher } from 'zeromq';
import { type Frames, type Line, Outbox, type OutboxLimits } from './outbox.js';
import { SleepingLines } from './sleeping-lines.js';
import { Subscriptions } from './subscriptions.js';

/** Milliseconds that a reply waits for its client to subscribe: a client connects both ways at a time. */
const subscriptionPatience = 2_000;

/** Milliseconds that one slow receiver holds up others of its identity. */
const multicastPatience = 1_000;

/** Milliseconds before a reply that the socket did not take is tried again: at first, and at most. */
const firstRetry = 1;
const longestRetry = 50;

/** Replies sent before the event loop has its turn. */
const repliesATurn = 64;

/** A full pipe, in the socket's words. */
const wouldBlock = 'EAGAIN';

/** Told of each reply that was given up. */
type OnDropped = (identity: Uint8Array, reason: string) => void;

/** Sends replies. The socket is opened and closed by its owner, and sends for nobody else. */
export class ReplySender {
  readonly outbox: Outbox;
  readonly #socket: XPublisher;
  readonly #onDropped: OnDropped;
  readonly #subscriptions = new Subscriptions();
  readonly #ready = new Set<Line>();
  readonly #sleeping = new SleepingLines((line) => {
    this.#wake(line);
  });
  #pumping: Promise<void> | undefined;
  #onEmpty: (() => void) | undefined;
  #isStopped = false;

  constructor(socket: XPublisher, limits: OutboxLimits, onDropped: OnDropped) {
    this.#socket = socket;
    this.outbox = new Outbox(limits);
    this.#onDropped = onDropped;
    // A client that is behind shall stop what goes to it, not lose it unseen; and never wait within the socket.
    socket.noDrop = true;
    socket.sendTimeout = 0;
    socket.verbosity = 'allSubsUnsubs';
  }

  /** Sends a reply to an identity, its first frame: as soon as somebody listens there. */
  send(identity: Uint8Array, frames: Frames): void {
    if (this.#isStopped) {
      this.#onDropped(identity, 'the service has ended');
      return;
    }
    const { line, givenUp } = this.outbox.add(identity, frames, performance.now());
    for (const other of givenUp) {
      this.#onDropped(other, 'its client does not read, and too much waits for it');
    }
    if (!this.#sleeping.has(line)) this.#wake(line);
  }

  /** Follows subscriptions until the socket is closed. */
  async followSubscriptions(): Promise<void> {
    for (;;) {
      let message: Uint8Array;
      try {
        [message] = await this.#socket.receive();
      } catch (error) {
        if (this.#socket.closed) return;
        throw error;
      }
      const topic = this.#subscriptions.take(message);
      if (topic !== undefined) this.#sleeping.wakeSubscribed(topic);
    }
  }

  /** Waits until all replies have been handed over, or given up. */
  async flushed(): Promise<void> {
    if (this.outbox.replies === 0) return;
    await new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
  }

  /** Gives up what still waits; to be called before the socket is closed. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#sleeping.clear();
    await this.#pumping;
    for (const identity of this.outbox.clear()) {
      this.#onDropped(identity, 'the service ended before it was read');
    }
  }

  #wake(line: Line): void {
    this.#ready.add(line);
    this.#pump();
  }

  #pump(): void {
    if (this.#isStopped || this.#pumping !== undefined || this.#ready.size === 0) return;
    this.#pumping = this.#sendReady().finally(() => {
      this.#pumping = undefined;
      // A line may have woken after the last look.
      this.#pump();
    });
  }

  /** Only one send at a time is allowed: this is the only place that sends, and it runs once at a time. */
  async #sendReady(): Promise<void> {
    let sent = 0;
    // What is added in one turn of the event loop goes together.
    await nextTurn();
    for (const line of this.#ready) {
      // A line that wakes meanwhile comes to the end of the set, and has its turn in this loop.
      this.#ready.delete(line);
      while (line.length > 0 && !this.#isStopped && !this.#sleeping.has(line)) {
        await this.#advance(line, performance.now());
        sent += 1;
        if (sent % repliesATurn === 0) await nextTurn();
      }
    }
    if (this.outbox.replies === 0) this.#onEmpty?.();
  }

  /** Sends the first reply of a line, gives it up, or lets the line sleep. */
  async #advance(line: Line, now: number): Promise<void> {
    const { first } = line;
    if (first === undefined) return;
    const receivers = this.#subscriptions.countFor(line.identity);
    if (receivers === 0) {
      const deadline = first.since + subscriptionPatience;
      if (now < deadline) {
        this.#sleeping.add(line, deadline, 'subscription');
        return;
      }
      if (!this.#subscriptions.isFull) {
        this.outbox.shift(line);
        this.#onDropped(line.identity, 'nobody listens at its identity');
        return;
      }
    }
    const blocked = line.blockedSince === undefined ? 0 : now - line.blockedSince;
    const skipsSlow = receivers !== 1 && blocked > multicastPatience;
    if (await this.#offer(first.frames, skipsSlow)) {
      if (skipsSlow) this.#onDropped(line.identity, 'one of its clients reads too slowly');
      line.blockedSince = undefined;
      // It may have been given up while the socket took it: then it is not the first any more.
      if (line.first === first) this.outbox.shift(line);
      return;
    }
    line.blockedSince ??= now;
    const delay = Math.min(longestRetry, Math.max(firstRetry, blocked));
    this.#sleeping.add(line, now + delay, 'room');
  }

  /** Whether the socket took a reply: all receivers of its identity then have it, or none. */
  async #offer(frames: Frames, skipsSlow: boolean): Promise<boolean> {
    // The attempt is made within the call of send; its promise only tells of it. The socket warns of an option
    // that is set while it is open, though this one works at once: so it is set only where it is needed.
    if (skipsSlow) this.#socket.noDrop = false;
    const sent = this.#socket.send([...frames]);
    if (skipsSlow) this.#socket.noDrop = true;
    try {
      await sent;
      return true;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === wouldBlock) return false;
      throw error;
    }
  }
}
