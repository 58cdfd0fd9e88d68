// The vectors of one request.
import { polytagError } from '../errors/index.js';
import type { VectorBlock } from '../wire/index.js';

/** Vectors of texts, in the order of the texts. */
export class EncodedBatch {
  /** Row-major, in single precision. */
  readonly data: Float32Array;
  /** [texts, width]; from a service that pools nothing [texts, tokens, width]. */
  readonly shape: readonly number[];
  /** The tokens of each text, if they were asked for and the service shows them. */
  readonly tokens: readonly (readonly string[])[] | undefined;

  constructor({ data, shape, tokens }: VectorBlock) {
    this.data = data;
    this.shape = shape;
    this.tokens = tokens;
  }

  /** One vector a text, [width] or [tokens * width]; views of `data`, not copies. */
  rows(): Float32Array[] {
    const [texts, ...rest] = this.shape;
    const width = sizeOf(rest);
    return Array.from({ length: texts }, (_, text) =>
      this.data.subarray(text * width, (text + 1) * width),
    );
  }

  /**
   * Joins batches into one, in their order. Tokens are kept if every batch has them.
   * @throws PolytagError OPTION_INVALID if there are none, or their texts have vectors of different shapes
   */
  static concatenate(batches: readonly EncodedBatch[]): EncodedBatch {
    const shapes = new Set(batches.map(({ shape }) => `[${shape.slice(1).join(', ')}]`));
    if (shapes.size !== 1) {
      throw polytagError('OPTION_INVALID', {
        option: 'concat',
        value: 'true',
        expected: `vectors of one shape; got ${shapes.size === 0 ? 'none' : [...shapes].join(', ')}`,
      });
    }
    const texts = batches.reduce((sum, { shape }) => sum + shape[0], 0);
    const shape = [texts, ...batches[0].shape.slice(1)];
    const data = new Float32Array(sizeOf(shape));
    let filled = 0;
    for (const batch of batches) {
      data.set(batch.data, filled);
      filled += batch.data.length;
    }
    return new EncodedBatch({ data, shape, tokens: joinedTokens(batches) });
  }
}

function joinedTokens(batches: readonly EncodedBatch[]) {
  const tokens: (readonly string[])[] = [];
  for (const batch of batches) {
    if (!batch.tokens) {
      return undefined;
    }
    tokens.push(...batch.tokens);
  }
  return tokens;
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}
