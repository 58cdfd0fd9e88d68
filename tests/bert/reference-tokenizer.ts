// The reference, Hugging Face's native `tokenizers`, and the comparison of our encodings with its.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type JsEncoding, Tokenizer } from 'tokenizers';
import { expect } from 'vitest';
import type { EncodeOptions, Encoding, WordPieceTokenizer } from '../../src/bert/tokenizer.js';

/** A real uncased vocabulary with its tokenizer.json. */
export const modelFolder = 'models/all-MiniLM-L6-v2';

/** The parts of tokenizer.json that tests change. */
export interface TokenizerJson {
  normalizer: Record<string, boolean | string | null>;
  added_tokens: Record<string, boolean | string | number>[];
}

/** The tokenizer.json of the model folder, changed by `change`. */
export function tokenizerJson(change: (json: TokenizerJson) => void = () => undefined): string {
  const json = JSON.parse(
    readFileSync(join(modelFolder, 'tokenizer.json'), 'utf8'),
  ) as TokenizerJson;
  change(json);
  return JSON.stringify(json);
}

/** The reference without the padding and truncation that a tokenizer.json may hold. */
export function referenceTokenizer(json: string): Tokenizer {
  const tokenizer = Tokenizer.fromString(json);
  tokenizer.disablePadding();
  tokenizer.disableTruncation();
  return tokenizer;
}

/** UTF-16 offset of each code point, and of the end; the reference counts code points. */
function unitOffsets(text: string): number[] {
  const offsets = [0];
  for (const character of text) offsets.push((offsets.at(-1) ?? 0) + character.length);
  return offsets;
}

/** Rows of id, start, end, segment, text of origin. */
function tokensOf({ ids, starts, ends, typeIds, sources }: Encoding): number[][] {
  return Array.from(ids, (id, index) => [
    id,
    starts[index],
    ends[index],
    typeIds[index],
    sources[index],
  ]);
}

function referenceTokens(encoding: JsEncoding, texts: readonly string[]): number[][] {
  const offsets = texts.map(unitOffsets);
  const places = encoding.getOffsets();
  const typeIds = encoding.getTypeIds();
  const sources = encoding.getSequenceIds();
  return encoding.getIds().map((id, index) => {
    const source = sources[index] ?? -1;
    const [start, end] = places[index].map((at) => offsets[Math.max(source, 0)][at]);
    return [id, start, end, typeIds[index], source];
  });
}

function encodeAll(reference: Tokenizer, group: readonly Texts[]): Promise<JsEncoding[]> {
  const alone = group.filter((texts) => typeof texts === 'string');
  if (alone.length === group.length) return reference.encodeBatch(alone);
  return Promise.all(
    group.map((texts) => {
      const [text, pair] = typeof texts === 'string' ? [texts] : texts;
      return reference.encode(text, pair);
    }),
  );
}

/** A text alone, or a pair of texts. */
export type Texts = string | readonly [string, string];

/** Expects the same tokens as the reference for all texts; a failure shows one text, not thousands. */
export async function expectSameTokens(
  reference: Tokenizer,
  tokenizer: WordPieceTokenizer,
  all: readonly Texts[],
  options: EncodeOptions = {},
): Promise<void> {
  for (let start = 0; start < all.length; start += 500) {
    const group = all.slice(start, start + 500);
    const encodings = await encodeAll(reference, group);
    group.forEach((texts, index) => {
      const [text, pair] = typeof texts === 'string' ? [texts] : texts;
      const expected = referenceTokens(
        encodings[index],
        pair === undefined ? [text] : [text, pair],
      );
      const ours = tokenizer.encode(text, pair === undefined ? options : { ...options, pair });
      const found = tokensOf(ours);
      if (JSON.stringify(found) === JSON.stringify(expected)) return;
      expect({ texts, tokens: found }).toEqual({ texts, tokens: expected });
    });
  }
}
