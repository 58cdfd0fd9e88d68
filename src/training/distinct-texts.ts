// The distinct texts of a table: what is done of a text need be done once.

/** Texts without repetition, and where each stands in the table. */
export interface DistinctTexts {
  /** In the order of first appearance. */
  readonly texts: readonly string[];
  /** The rows of each. */
  readonly rows: readonly (readonly number[])[];
  /** Which of them each row of the table has. */
  readonly textOfRow: Int32Array;
}

/** Finds them. */
export function findDistinctTexts(all: readonly string[]): DistinctTexts {
  const places = new Map<string, number>();
  const texts: string[] = [];
  const rows: number[][] = [];
  const textOfRow = new Int32Array(all.length);
  all.forEach((text, row) => {
    let place = places.get(text);
    if (place === undefined) {
      place = texts.length;
      places.set(text, place);
      texts.push(text);
      rows.push([]);
    }
    rows[place].push(row);
    textOfRow[row] = place;
  });
  return { texts, rows, textOfRow };
}
