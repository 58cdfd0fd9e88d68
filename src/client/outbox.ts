// Sends messages one after another, as a ZeroMQ socket wants it, and leaves out those that were given up.

/** A message that waits to be sent. */
export interface Letter {
  readonly frames: readonly Buffer[];
  /** Asked when its turn comes: whether anybody still wants it sent. */
  readonly isWanted: () => boolean;
}

/** A queue in front of a socket. It is as long as its callers have requests open. */
export class Outbox {
  private readonly waiting: Letter[] = [];
  private sending = false;

  /**
   * @param send hands one message to the socket; resolves when the socket can take the next
   * @param onFailure called when `send` fails
   */
  constructor(
    private readonly send: (frames: Buffer[]) => Promise<void>,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  /** Whether nothing waits here. */
  get isEmpty(): boolean {
    return !this.sending;
  }

  post(letter: Letter): void {
    this.waiting.push(letter);
    if (!this.sending) {
      void this.drain();
    }
  }

  private async drain(): Promise<void> {
    this.sending = true;
    try {
      for (let letter = this.waiting.shift(); letter; letter = this.waiting.shift()) {
        if (letter.isWanted()) {
          await this.send([...letter.frames]);
        }
      }
    } catch (error) {
      this.onFailure(error);
    } finally {
      this.sending = false;
    }
  }
}
