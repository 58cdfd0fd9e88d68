// Normalises text as the reference's BertNormalizer does, keeping for each unit where it came from.
import {
  characterClasses,
  chineseCharacter,
  codePointAt,
  type NormalizerSettings,
  removedCharacter,
  spaceCharacter,
} from './tokenizer-characters.js';
import { combiningRank, decomposeCharacter, isMark } from './tokenizer-unicode.js';

const space = 0x20;
const capitalsFirst = 0x41;
const capitalsLast = 0x5a;
const firstBeyondAscii = 0x80;

/**
 * Normalised text. Unit `i` comes from `[starts[i], ends[i])` of the original text; all are UTF-16.
 * Both rise with `i`, even where marks were sorted: the reference aligns by position.
 */
export class NormalizedText {
  length = 0;
  starts = new Int32Array(64);
  ends = new Int32Array(64);
  private units = new Uint16Array(64);

  clear(): void {
    this.length = 0;
  }

  append(code: number, start: number, end: number): void {
    if (code < 0x10000) {
      this.appendUnit(code, start, end);
    } else {
      this.appendUnit(0xd7c0 + (code >> 10), start, end);
      this.appendUnit(0xdc00 + (code & 0x3ff), start, end);
    }
  }

  toString(): string {
    return Buffer.from(this.units.buffer, 0, this.length * 2).toString('utf16le');
  }

  private appendUnit(unit: number, start: number, end: number): void {
    if (this.length === this.units.length) this.grow();
    this.units[this.length] = unit;
    this.starts[this.length] = start;
    this.ends[this.length] = end;
    this.length++;
  }

  private grow(): void {
    const { units, starts, ends } = this;
    this.units = new Uint16Array(units.length * 2);
    this.starts = new Int32Array(units.length * 2);
    this.ends = new Int32Array(units.length * 2);
    this.units.set(units);
    this.starts.set(starts);
    this.ends.set(ends);
  }
}

/** Normalises parts of texts; see `NormalizerSettings` for the steps, which come in that order. */
export class Normalizer {
  private readonly classes: Uint8Array;
  // A character and the combining marks after it, decomposed but not yet sorted.
  private readonly codes: number[] = [];
  private readonly ranks: number[] = [];
  /** 1 for the second and later characters of one decomposition. */
  private readonly added: number[] = [];
  private readonly originalStarts: number[] = [];
  private readonly originalEnds: number[] = [];
  private mustSort = false;

  constructor(private readonly settings: NormalizerSettings) {
    this.classes = characterClasses(settings);
  }

  /** Appends `text.slice(from, to)` to `out`, normalised, with spaces around Chinese characters. */
  normalize(text: string, from: number, to: number, out: NormalizedText): void {
    let start = from;
    while (start < to) {
      const code = codePointAt(text, start);
      const end = start + (code < 0x10000 ? 1 : 2);
      const kind = this.classes[code];
      if (kind === chineseCharacter) {
        this.transform(space, start, end, out);
        this.transform(code, start, end, out);
        this.transform(space, start, end, out);
      } else if (kind === spaceCharacter && this.settings.cleanText) {
        this.transform(space, start, end, out);
      } else if (kind !== removedCharacter) {
        this.transform(code, start, end, out);
      }
      start = end;
    }
    this.flush(out);
  }

  private transform(code: number, start: number, end: number, out: NormalizedText): void {
    if (!this.settings.stripAccents) {
      this.lowercase(code, start, end, out);
      return;
    }
    if (code < firstBeyondAscii) {
      this.hold(code, 0, out);
    } else {
      let added = 0;
      for (const character of decomposeCharacter(code)) {
        this.hold(character.codePointAt(0) ?? code, added, out);
        added = 1;
      }
    }
    this.originalStarts.push(start);
    this.originalEnds.push(end);
  }

  /** Keeps a decomposed character until all marks that may be sorted before it are known. */
  private hold(code: number, added: number, out: NormalizedText): void {
    const rank = combiningRank(code);
    if (rank === 0 && added === 0) this.flush(out);
    if (rank !== 0 && !isMark(code)) this.mustSort = true;
    this.codes.push(code);
    this.ranks.push(rank);
    this.added.push(added);
  }

  private flush(out: NormalizedText): void {
    const { codes, added, originalStarts, originalEnds } = this;
    const order = this.mustSort ? this.canonicalOrder() : undefined;
    let original = -1;
    for (let position = 0; position < codes.length; position++) {
      const index = order === undefined ? position : order[position];
      if (added[index] === 0) original++;
      const code = codes[index];
      if (isMark(code)) continue;
      this.lowercase(code, originalStarts[original], originalEnds[original], out);
    }
    this.mustSort = false;
    for (const list of [codes, this.ranks, added, originalStarts, originalEnds]) list.length = 0;
  }

  /** Positions in Unicode's canonical order: marks between two letters stably sorted by rank. */
  private canonicalOrder(): Int32Array {
    const { ranks } = this;
    const order = new Int32Array(ranks.length);
    let start = 0;
    for (let end = 0; end <= ranks.length; end++) {
      if (end < ranks.length && ranks[end] !== 0) continue;
      this.sortMarks(order, start, end);
      if (end < ranks.length) order[end] = end;
      start = end + 1;
    }
    return order;
  }

  /** A counting sort: a text may hold a million marks after one letter. */
  private sortMarks(order: Int32Array, start: number, end: number): void {
    const next = new Int32Array(256);
    for (let index = start; index < end; index++) next[this.ranks[index] + 1]++;
    for (let rank = 1; rank < next.length; rank++) next[rank] += next[rank - 1];
    for (let index = start; index < end; index++) {
      order[start + next[this.ranks[index]]++] = index;
    }
  }

  private lowercase(code: number, start: number, end: number, out: NormalizedText): void {
    if (!this.settings.lowercase) {
      out.append(code, start, end);
    } else if (code < firstBeyondAscii) {
      const isCapital = code >= capitalsFirst && code <= capitalsLast;
      out.append(isCapital ? code + space : code, start, end);
    } else {
      // Character by character, as the reference: a final Σ becomes σ, never ς.
      for (const character of String.fromCodePoint(code).toLowerCase()) {
        out.append(character.codePointAt(0) ?? code, start, end);
      }
    }
  }
}
