// The sockets that take requests: one for each address, all at the same port.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type * as ZeroMQ from 'zeromq';
import type { AdmissionGate } from './admission-gate.js';
import { bindSocket } from './binding.js';
import type { ListenAddress } from './listen-addresses.js';
import { connectionOptions } from './zeromq-library.js';

/** Messages that a socket takes from each client before it waits for us. */
const messagesAhead = 8;

/** Milliseconds of messages after messages before the event loop has its turn. */
const longestTurn = 5;

/** Times that another free port is tried, when one is free at the first address only. */
const portAttempts = 8;

/** What the sockets do with messages. */
export interface RequestSocketsOptions {
  readonly zeromq: Pick<typeof ZeroMQ, 'Pull'>;
  readonly gate: AdmissionGate;
  /** Bytes of a frame; a client that sends a larger one is disconnected. */
  readonly maxFrameBytes: number;
  readonly onMessage: (frames: readonly Uint8Array[], mayTerminate: boolean) => void;
}

/** Takes requests at several addresses. */
export class RequestSockets {
  readonly #options: RequestSocketsOptions;
  readonly #sockets = new Map<string, ZeroMQ.Pull>();
  #port = 0;
  #isClosed = false;

  constructor(options: RequestSocketsOptions) {
    this.#options = options;
  }

  get port(): number {
    return this.#port;
  }

  /** Addresses listened at. */
  get addresses(): string[] {
    return [...this.#sockets.keys()];
  }

  /**
   * Listens at all of `addresses`, or at none.
   * @param port 0 for any that is free at all of them
   * @throws PolytagError PORT_UNAVAILABLE
   */
  async open(addresses: readonly ListenAddress[], port: number): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        this.#port = port;
        for (const address of addresses) await this.#bind(address);
        break;
      } catch (error) {
        for (const socket of this.#sockets.values()) socket.close();
        this.#sockets.clear();
        if (port !== 0 || attempt === portAttempts) throw error;
      }
    }
    for (const address of addresses) this.#start(address);
  }

  /** Listens at `addresses` instead: the machine's have changed. @returns whether any was added or left */
  async change(addresses: readonly ListenAddress[]): Promise<boolean> {
    const kept = new Set(addresses.map(({ address }) => address));
    let isChanged = false;
    for (const [address, socket] of this.#sockets) {
      if (kept.has(address)) continue;
      socket.close();
      this.#sockets.delete(address);
      isChanged = true;
    }
    for (const wanted of addresses) {
      if (this.#sockets.has(wanted.address) || this.#isClosed) continue;
      try {
        await this.#bind(wanted);
        this.#start(wanted);
        isChanged = true;
      } catch {
        // Not there yet, or somebody else's: the next look may find it free.
      }
    }
    return isChanged;
  }

  /** Takes no more. */
  close(): void {
    this.#isClosed = true;
    for (const socket of this.#sockets.values()) socket.close();
  }

  async #bind({ address }: ListenAddress): Promise<void> {
    const socket = new this.#options.zeromq.Pull({
      receiveHighWaterMark: messagesAhead,
      maxMessageSize: this.#options.maxFrameBytes,
      ipv6: address.includes(':'),
      ...connectionOptions,
    });
    try {
      this.#port = await bindSocket(socket, address, this.#port);
    } catch (error) {
      socket.close();
      throw error;
    }
    this.#sockets.set(address, socket);
  }

  #start({ address, mayTerminate }: ListenAddress): void {
    const socket = this.#sockets.get(address);
    if (this.#isClosed) socket?.close();
    else if (socket !== undefined) void this.#receive(socket, mayTerminate);
  }

  async #receive(socket: ZeroMQ.Pull, mayTerminate: boolean): Promise<void> {
    let turn = performance.now();
    for (;;) {
      await this.#options.gate.opened();
      let frames: readonly Uint8Array[];
      try {
        frames = await socket.receive();
      } catch (error) {
        if (socket.closed) return;
        throw error;
      }
      this.#options.onMessage(frames, mayTerminate);
      if (performance.now() - turn < longestTurn) continue;
      await nextTurn();
      turn = performance.now();
    }
  }
}
