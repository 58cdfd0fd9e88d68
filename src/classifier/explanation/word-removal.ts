// Texts with words left out: what occlusion scores, and what shows a linear baseline's part.
import type { TextPart } from './text-parts.js';

/** Texts that are scored without a word of them, at most: in longer ones neighbours are left out together. */
const MOST_REMOVALS = 256;

/** Neighbouring words that are left out together. */
export interface WordGroup extends TextPart {
  /** Place of its first word, and of the word behind its last. */
  readonly first: number;
  readonly behind: number;
}

/** Words one by one, or, where there are more than {@link MOST_REMOVALS}, in as few a group as will do. */
export function groupWords(words: readonly TextPart[]): WordGroup[] {
  const size = Math.max(1, Math.ceil(words.length / MOST_REMOVALS));
  const groups: WordGroup[] = [];
  for (let first = 0; first < words.length; first += size) {
    const behind = Math.min(words.length, first + size);
    groups.push({ first, behind, begin: words[first].begin, end: words[behind - 1].end });
  }
  return groups;
}

/** The text without a part. */
export function withoutPart(text: string, { begin, end }: TextPart): string {
  return text.slice(0, begin) + text.slice(end);
}

/**
 * What each word is worth: how far the logit falls without it; a group's fall is shared evenly by its words.
 *
 * @param without logits without each group
 */
export function weightsOfRemovals(
  groups: readonly WordGroup[],
  logit: number,
  without: readonly number[],
): Float64Array {
  const weights = new Float64Array(groups.at(-1)?.behind ?? 0);
  groups.forEach(({ first, behind }, at) => {
    weights.fill((logit - without[at]) / (behind - first), first, behind);
  });
  return weights;
}
