// Requests by size, each class with room of its own: large ones cannot keep small ones waiting at the door.
import { EncodingRoom } from './encoding-room.js';

/** Texts of one request that the encoder has at a time; those behind come when these are done. */
export const textsAtATime = 1_024;

/** A request with more bytes of vectors is large. */
const largeBytes = 2 ** 24;

/** Room in texts, all classes together fewer than an encoder admits, and bytes of vectors. */
const space = {
  small: { texts: 16_384, bytes: 2 ** 26 },
  medium: { texts: 16_384, bytes: 2 ** 28 },
  large: { texts: 16_384, bytes: 2 ** 29 },
};

/** The rooms of a service. */
export class RequestClasses {
  readonly #small = new EncodingRoom(space.small);
  readonly #medium = new EncodingRoom(space.medium);
  readonly #large = new EncodingRoom(space.large);

  /**
   * Waits for room for a request.
   * @param hasPriority whether the request is small enough to go before others
   * @throws PolytagError QUEUE_FULL; the signal's reason
   */
  enter(
    texts: number,
    bytes: number,
    hasPriority: boolean,
    signal?: AbortSignal,
  ): Promise<() => void> {
    const room = bytes > largeBytes ? this.#large : hasPriority ? this.#small : this.#medium;
    return room.enter({ texts: Math.min(texts, textsAtATime), bytes }, signal);
  }
}
