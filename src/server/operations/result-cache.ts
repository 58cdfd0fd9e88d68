// Scores of texts that were asked for before, by model version: the same text gets the same answer anyway.
import { createHash } from 'node:crypto';
import type { TextScore } from '../scoring/served-model.js';

/** What an entry takes beside its scores: key, map slot and objects, measured as resident memory of 200,000 entries. */
const entryBytes = 1000;

export interface CacheFigures {
  readonly hits: number;
  readonly misses: number;
  readonly evicted: number;
  readonly entries: number;
  readonly bytes: number;
}

/**
 * The least recently used go first. Texts are kept as digests only. What is a function of the text alone belongs in
 * here: the scores, not the decisions, which follow thresholds.
 */
export class ResultCache {
  // A Map remembers the order of insertion: taken out and put in again, an entry is the youngest.
  readonly #entries = new Map<string, TextScore>();
  #bytes = 0;
  #hits = 0;
  #misses = 0;
  #evicted = 0;

  /** @param mostBytes memory that it may take, about */
  constructor(private readonly mostBytes: number) {}

  get figures(): CacheFigures {
    return {
      hits: this.#hits,
      misses: this.#misses,
      evicted: this.#evicted,
      entries: this.#entries.size,
      bytes: this.#bytes,
    };
  }

  /** @param settings whatever else the score depends on, such as how long texts are cut */
  get(version: string, text: string, settings = ''): TextScore | undefined {
    const key = keyOf(version, text, settings);
    const found = this.#entries.get(key);
    if (found === undefined) {
      this.#misses += 1;
      return undefined;
    }
    this.#hits += 1;
    this.#entries.delete(key);
    this.#entries.set(key, found);
    return found;
  }

  set(version: string, text: string, score: TextScore, settings = ''): void {
    const key = keyOf(version, text, settings);
    const bytes = bytesOf(score);
    if (bytes > this.mostBytes) return;
    const known = this.#entries.get(key);
    if (known !== undefined) {
      this.#entries.delete(key);
      this.#bytes -= bytesOf(known);
    }
    // Arrays that are views would keep all of their batch's memory.
    this.#entries.set(key, {
      ...score,
      logits: score.logits.slice(),
      scores: score.scores.slice(),
    });
    this.#bytes += bytes;
    for (const [oldest, entry] of this.#entries) {
      if (this.#bytes <= this.mostBytes) break;
      this.#entries.delete(oldest);
      this.#bytes -= bytesOf(entry);
      this.#evicted += 1;
    }
  }

  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
  }
}

function keyOf(version: string, text: string, settings: string): string {
  return (
    createHash('sha256')
      .update(`${version}\u0000${settings}\u0000`, 'utf8')
      // As UTF-16: two texts with different lone surrogates are two texts.
      .update(text, 'utf16le')
      .digest('base64')
  );
}

function bytesOf({ logits, scores }: TextScore): number {
  return entryBytes + logits.byteLength + scores.byteLength;
}
