// The vectors of one request in one block of memory, and how large it will be.
import type { EncodedText, Encoder, EncoderInput } from '../../bert/index.js';

/** Bytes of a float32. */
const numberBytes = 4;

/** How the vectors of an encoder are laid out for clients. */
export interface VectorLayout {
  /** Columns of a vector. */
  readonly width: number;
  /** Whether a text has a vector for each token. */
  readonly givesTokens: boolean;
  /** Vectors that each text has, zeros after its last token; undefined: as many as the longest of a request. */
  readonly rows: number | undefined;
  /** Tokens of a text at most. */
  readonly maxLength: number;
}

/** The layout that bert-as-service's flags -max_seq_len and -fixed_embed_length ask for. */
export function layoutOf(
  { width, settings, config }: Encoder,
  maxSeqLen: number | null,
  fixedEmbedLength: boolean,
): VectorLayout {
  const givesTokens = settings.features.features[0].pooling === 'none';
  const rows = maxSeqLen ?? (fixedEmbedLength ? config.positions : undefined);
  return { width, givesTokens, rows, maxLength: settings.maxLength };
}

/** Bytes of the vectors of `texts` at most. */
export function bytesOfVectors(texts: readonly EncoderInput[], layout: VectorLayout): number {
  const { width, givesTokens, rows } = layout;
  if (!givesTokens) return texts.length * width * numberBytes;
  return texts.length * (rows ?? mostTokens(texts, layout.maxLength)) * width * numberBytes;
}

/** The texts' vectors, row-major: [texts, width], or [texts, rows, width]. */
export function joinVectors(
  texts: readonly EncodedText[],
  { width, givesTokens, rows }: VectorLayout,
): { readonly data: Float32Array; readonly shape: readonly number[] } {
  const longest = texts.reduce((most, { tokens }) => Math.max(most, tokens.ids.length), 0);
  const shape = givesTokens ? [texts.length, rows ?? longest, width] : [texts.length, width];
  const stride = shape.slice(1).reduce((product, extent) => product * extent, 1);
  const data = new Float32Array(texts.length * stride);
  texts.forEach(({ vector }, row) => {
    data.set(vector, row * stride);
  });
  return { data, shape };
}

/** No text has more tokens than characters, and three around. */
function mostTokens(texts: readonly EncoderInput[], maxLength: number): number {
  let most = 0;
  for (const text of texts) most = Math.max(most, sizeOf(text) + 3);
  return Math.min(most, maxLength);
}

function sizeOf(text: EncoderInput): number {
  if (typeof text === 'string') return text.length;
  if ('tokens' in text) return text.tokens.length + (text.pairTokens?.length ?? 0);
  return text[0].length + text[1].length;
}
