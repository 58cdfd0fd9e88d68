// Work on texts on the main thread, in stretches of about ten milliseconds: others get their turn between them.
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Characters (UTF-16) that are worked on in one go. */
const charactersInOneGo = 65_536;

/**
 * Maps one value after the other.
 * @param lengthOf characters of a value, as a measure of its work
 */
export async function mapInTurns<Value, Result>(
  values: readonly Value[],
  lengthOf: (value: Value) => number,
  map: (value: Value) => Result,
): Promise<Result[]> {
  const results: Result[] = [];
  let worked = 0;
  for (const value of values) {
    // A value costs something even where it is empty.
    worked += 64 + lengthOf(value);
    if (worked > charactersInOneGo) {
      await nextTurn();
      worked = 0;
    }
    results.push(map(value));
  }
  return results;
}

/** The measure of a text. */
export function lengthOf(text: string): number {
  return text.length;
}
