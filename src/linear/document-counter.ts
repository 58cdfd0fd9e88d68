// Counts in how many texts each n-gram occurs.
import { BUCKETS, NgramReader } from './ngrams.js';

/** Counts, for each bucket, the texts that it occurs in; several threads may add to the same counts. */
export class DocumentCounter {
  private readonly ngrams = new NgramReader();
  /** The last text that each bucket occurred in. */
  private readonly lastText = new Int32Array(BUCKETS);
  private text = 0;

  constructor(private readonly documentCounts: Int32Array) {}

  add(text: string): void {
    const { ngrams } = this;
    this.text++;
    ngrams.read(text);
    this.addBuckets(ngrams.words, ngrams.wordCount);
    this.addBuckets(ngrams.characters, ngrams.characterCount);
  }

  private addBuckets(buckets: Int32Array, length: number): void {
    const { documentCounts, lastText, text } = this;
    for (let at = 0; at < length; at++) {
      const bucket = buckets[at];
      if (lastText[bucket] === text) continue;
      lastText[bucket] = text;
      Atomics.add(documentCounts, bucket, 1);
    }
  }
}
