// Sequences of one batch as tensors for the model, and its output as one vector a text.
import type { Tensor } from '../graph/index.js';
import type { NamedTensors } from '../runtime/index.js';
import type { BertConfig } from './config.js';
import { encodingsName, inputNames } from './encoder-model.js';
import type { Encoding } from './tokenizer.js';

/** How sequences are fed. */
export interface FeedSettings {
  readonly config: BertConfig;
  readonly paddingId: number;
  /** Mask `[CLS]` and `[SEP]` out, in attention and in pooling, as bert-as-service's -mask_cls_sep does. */
  readonly maskSpecialTokens: boolean;
  /** Tokens that each sequence is padded to, at least those of the longest. Default: as many. */
  readonly length?: number | undefined;
}

/** The model's inputs for sequences, each padded to the longest or further: int64 [sequences, length]. */
export function makeFeeds(batch: readonly Encoding[], settings: FeedSettings): NamedTensors {
  const { config, paddingId, length = 1 } = settings;
  const longest = batch.reduce((most, { ids }) => Math.max(most, ids.length), length);
  const ids = new Matrix(batch.length, longest);
  const mask = new Matrix(batch.length, longest);
  const types = new Matrix(batch.length, longest);
  if (paddingId !== 0) ids.fill(paddingId);
  batch.forEach((encoding, row) => {
    for (let column = 0; column < encoding.ids.length; column++) {
      ids.set(row, column, encoding.ids[column]);
      types.set(row, column, Math.min(encoding.typeIds[column], config.tokenTypes - 1));
      mask.set(row, column, isAttended(encoding, column, settings) ? 1 : 0);
    }
  });
  const feeds = { [inputNames.ids]: ids.tensor, [inputNames.mask]: mask.tensor };
  return config.tokenTypes === 0 ? feeds : { ...feeds, [inputNames.types]: types.tensor };
}

function isAttended(
  { sources }: Encoding,
  column: number,
  { maskSpecialTokens }: Pick<FeedSettings, 'maskSpecialTokens'>,
): boolean {
  return !maskSpecialTokens || sources[column] >= 0;
}

/** The vector of one text. */
export interface EncodedText {
  /** [width]; for the pooling `none` [tokens, width], row-major. */
  readonly vector: Float32Array;
  /** The tokens, with their places in the text. */
  readonly tokens: Encoding;
}

/**
 * Each text's part of the output, copied; token vectors without those of padding. A text of which every
 * token is masked has zeros.
 */
export function takeTexts(
  outputs: NamedTensors,
  batch: readonly Encoding[],
  settings: Pick<FeedSettings, 'maskSpecialTokens'>,
): EncodedText[] {
  const { data, shape } = outputs[encodingsName];
  if (!(data instanceof Float32Array)) throw new TypeError('encodings are float32');
  const hasTokens = shape.length === 3;
  const width = shape[shape.length - 1];
  const stride = hasTokens ? shape[1] * width : width;
  return batch.map((tokens, row) => {
    const start = row * stride;
    const end = start + (hasTokens ? tokens.ids.length * width : width);
    // Where nothing is attended to, the model gives numbers that depend on the length of the batch.
    const isEmpty = !tokens.ids.some((_, column) => isAttended(tokens, column, settings));
    return { vector: isEmpty ? new Float32Array(end - start) : data.slice(start, end), tokens };
  });
}

/** An int64 matrix whose small numbers are written as their lower halves, without making BigInts. */
class Matrix {
  readonly tensor: Tensor<'int64'>;
  private readonly halves: Int32Array;

  constructor(
    rows: number,
    private readonly columns: number,
  ) {
    const data = new BigInt64Array(rows * columns);
    this.tensor = { type: 'int64', shape: [rows, columns], data };
    this.halves = new Int32Array(data.buffer);
  }

  fill(value: number): void {
    this.tensor.data.fill(BigInt(value));
  }

  /** Every processor that ONNX Runtime runs on is little-endian: the lower half comes first. */
  set(row: number, column: number, value: number): void {
    this.halves[2 * (row * this.columns + column)] = value;
  }
}
