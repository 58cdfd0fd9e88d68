// Who listens: the topics that clients have subscribed to, as an XPUB socket tells of them.

/** Different topics that are remembered; of further ones nobody can say whether anybody listens. */
const mostTopics = 100_000;

/** Subscriptions by topic. A topic is a prefix: it takes replies to all identities that begin with it. */
export class Subscriptions {
  readonly #counts = new Map<string, number>();
  #longest = 0;

  /**
   * Takes a message of the XPUB socket: 1 and a topic for a new subscription, 0 and a topic for one that ends.
   * Anything else a client may send without meaning.
   * @returns the topic, if somebody listens to it now who did not before
   */
  take(message: Uint8Array): string | undefined {
    const topic = keyOf(message.subarray(1));
    const count = this.#counts.get(topic) ?? 0;
    if (message[0] === 1 && (count > 0 || this.#counts.size < mostTopics)) {
      this.#counts.set(topic, count + 1);
      this.#longest = Math.max(this.#longest, topic.length);
      return topic;
    }
    if (message[0] === 0 && count > 1) this.#counts.set(topic, count - 1);
    else if (message[0] === 0) this.#counts.delete(topic);
    return undefined;
  }

  /** How many subscriptions take replies to an identity. */
  countFor(identity: Uint8Array): number {
    const key = keyOf(identity);
    let count = 0;
    for (let length = 0; length <= Math.min(key.length, this.#longest); length++) {
      count += this.#counts.get(key.slice(0, length)) ?? 0;
    }
    return count;
  }

  /** Whether topics are so many that an identity without a known subscription may have one. */
  get isFull(): boolean {
    return this.#counts.size >= mostTopics;
  }
}

/** Bytes as a string of as many letters, whatever they are. */
export function keyOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
