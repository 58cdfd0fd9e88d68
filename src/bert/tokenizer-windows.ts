// Overlapping windows of a text that is longer than the model takes, so that every part of it is seen.
import { polytagError } from '../errors/index.js';
import type { Encoding, WordPieceTokenizer } from './tokenizer.js';
import type { Truncation } from './tokenizer-truncation.js';

/** Ways to make one logit of those of several windows. */
export const windowCombinations = ['max', 'mean'] as const;

/** How texts that are longer than the maximal length are scored by windows. */
export interface WindowSettings {
  /**
   * `max`: a label's highest logit, for labels of which one passage is enough. `mean`: the mean of its logits, for
   * what is said of a text as a whole.
   */
  readonly combine: (typeof windowCombinations)[number];
  /** Tokens from the start of one window to that of the next, from 1 to those of a window, special tokens apart. */
  readonly stride: number;
}

/** Windows that may be asked for: a stride that is left out is half a window. */
export interface WindowOptions extends Pick<WindowSettings, 'combine'> {
  readonly stride?: number | undefined;
}

/** Windows of a text at most. */
export const MOST_WINDOWS = 64;

/** `[CLS]` and `[SEP]`. */
const SPECIAL_TOKENS = 2;

/**
 * @param maxLength most tokens of a window, special tokens included
 * @throws PolytagError OPTION_INVALID
 */
export function resolveWindows(options: WindowOptions, maxLength: number): WindowSettings {
  const room = maxLength - SPECIAL_TOKENS;
  const { combine, stride = Math.max(1, Math.floor(room / 2)) } = options;
  if (!windowCombinations.includes(combine)) {
    const expected = windowCombinations.join(' or ');
    throw polytagError('OPTION_INVALID', { option: 'windows', value: combine, expected });
  }
  if (!(Number.isInteger(stride) && stride >= 1 && stride <= room)) {
    const expected = `a whole number from 1 to ${room}, the tokens of a text in ${maxLength}`;
    throw polytagError('OPTION_INVALID', { option: 'stride', value: String(stride), expected });
  }
  return { combine, stride };
}

/** What windows are cut of, and into what. */
export interface WindowCut extends Pick<WindowSettings, 'stride'> {
  /** Most tokens of a window, special tokens included. */
  readonly maxLength: number;
}

/**
 * Windows of `maxLength` tokens, each with the special tokens around that the whole text has, `stride` tokens apart;
 * the last one ends where the text does. A text that fits is its own only window. Offsets stay those of the text,
 * and `truncated` what it was.
 *
 * @param encoding of one text, not of a pair
 * @throws RangeError for a pair, or a stride that would leave tokens out
 */
export function cutWindows(encoding: Encoding, { maxLength, stride }: WindowCut): Encoding[] {
  const { sources } = encoding;
  const isSpecial = (source: number): boolean => source < 0;
  const first = sources.findIndex((source) => !isSpecial(source));
  if (first < 0) return [encoding];
  const end = sources.findLastIndex((source) => !isSpecial(source)) + 1;
  if (sources.subarray(first, end).some(isSpecial)) throw new RangeError('windows of a pair');
  const room = maxLength - first - (sources.length - end);
  if (!(stride >= 1 && stride <= room)) throw new RangeError(`windows ${stride} tokens apart`);
  if (end - first <= room) return [encoding];
  const windows: Encoding[] = [];
  for (let start = first; start + room < end; start += stride) {
    windows.push(windowAt(encoding, first, end, start, room));
  }
  windows.push(windowAt(encoding, first, end, end - room, room));
  return windows;
}

/** The tokens `start` to `start + room`, between those before `first` and those from `end` on. */
function windowAt(
  encoding: Encoding,
  first: number,
  end: number,
  start: number,
  room: number,
): Encoding {
  const pick = <Tokens extends Int32Array | Uint8Array | Int8Array>(tokens: Tokens): Tokens => {
    const before = tokens.slice(0, first + room + tokens.length - end) as Tokens;
    before.set(tokens.subarray(start, start + room), first);
    before.set(tokens.subarray(end), first + room);
    return before;
  };
  return {
    ids: pick(encoding.ids),
    typeIds: pick(encoding.typeIds),
    starts: pick(encoding.starts),
    ends: pick(encoding.ends),
    sources: pick(encoding.sources),
    truncated: encoding.truncated,
  };
}

/**
 * A text as windows, {@link MOST_WINDOWS} at most: of one that is longer than they cover, `truncation` decides what
 * stays, and `truncated` of each window says how many tokens do not.
 *
 * @throws PolytagError OPTION_INVALID if `maxLength` has no room for the special tokens
 */
export function encodeWindows(
  tokenizer: WordPieceTokenizer,
  text: string,
  { truncation, ...cut }: WindowCut & { readonly truncation: Truncation },
): Encoding[] {
  const maxLength = cut.maxLength + (MOST_WINDOWS - 1) * cut.stride;
  return cutWindows(tokenizer.encode(text, { maxLength, truncation }), cut);
}
