// The bytes of all request bodies together: many small clients can fill the memory as well as one large one.
import { Refusal } from './refusal.js';

/** The bytes that one request holds. */
export interface Lease {
  /** Makes it `bytes` in all. @throws Refusal TOO_BUSY when all requests together would hold too much */
  grow(bytes: number): void;
  end(): void;
}

export class HeldBytes {
  private held = 0;

  constructor(private readonly most: number) {}

  lease(): Lease {
    let own = 0;
    return {
      grow: (bytes) => {
        const others = this.held - own;
        // One alone is never too many: it would not become less by trying again.
        if (others > 0 && others + bytes > this.most) {
          throw new Refusal('TOO_BUSY', 'too many large requests at once; try again later', {
            connection: 'close',
          });
        }
        this.held += bytes - own;
        own = bytes;
      },
      end: () => {
        this.held -= own;
        own = 0;
      },
    };
  }
}
