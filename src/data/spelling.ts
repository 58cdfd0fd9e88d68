// Finds the name that was probably meant.

/** ` (did you mean "X"?)` with the most similar of `names`, or nothing if none is similar. */
export function suggestName(wanted: string, names: readonly string[]): string {
  const allowed = Math.max(1, Math.floor(wanted.length / 3));
  let best: string | null = null;
  let fewest = allowed + 1;
  for (const name of names.slice(0, 1000)) {
    const edits = countEdits(wanted.toLowerCase().slice(0, 60), name.toLowerCase().slice(0, 60));
    if (edits < fewest) {
      best = name;
      fewest = edits;
    }
  }
  return best === null ? '' : ` (did you mean "${best}"?)`;
}

/** Insertions, deletions, replacements and swaps of neighbours between two texts (optimal string alignment). */
function countEdits(from: string, to: string): number {
  let previous: number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let line = 1; line <= from.length; line++) {
    const next = [line];
    for (let column = 1; column <= to.length; column++) {
      const same = from[line - 1] === to[column - 1];
      next[column] = Math.min(
        row[column] + 1,
        next[column - 1] + 1,
        row[column - 1] + (same ? 0 : 1),
      );
      const swapped =
        line > 1 &&
        column > 1 &&
        from[line - 1] === to[column - 2] &&
        from[line - 2] === to[column - 1];
      if (swapped) {
        next[column] = Math.min(next[column], previous[column - 2] + 1);
      }
    }
    previous = row;
    row = next;
  }
  return row[to.length];
}

/** Names in quotes, separated by commas; of more than ten the first ten and a count. */
export function listNames(names: readonly string[]): string {
  const shown = names.slice(0, 10).map((name) => `"${name}"`);
  return names.length > 10 ? `${shown.join(', ')} and ${names.length - 10} more` : shown.join(', ');
}
