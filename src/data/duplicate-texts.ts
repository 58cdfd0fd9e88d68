// Finds texts that are the same but for case, spacing and Unicode spelling.
import { createHash } from 'node:crypto';

/**
 * Numbers the groups of duplicate texts: two texts share a number if they are equal after Unicode
 * normalisation (NFKC), lower case, and taking each run of white space as one blank.
 *
 * @returns for each text its group; groups are numbered from 0 in order of first appearance
 */
export function groupDuplicateTexts(texts: readonly string[]): Int32Array {
  // A digest a text instead of the text: the map stays small whatever the texts' lengths.
  const groups = new Map<string, number>();
  return Int32Array.from(texts, (text) => {
    const digest = createHash('sha256').update(normalise(text)).digest('base64').slice(0, 24);
    const known = groups.get(digest);
    if (known !== undefined) {
      return known;
    }
    groups.set(digest, groups.size);
    return groups.size - 1;
  });
}

function normalise(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim();
}
