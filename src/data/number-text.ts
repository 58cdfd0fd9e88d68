// Writes numbers as the shortest decimal text that reads back as the same float32.

/**
 * The shortest decimal text whose nearest float32 is `value`: `0.1` and not `0.10000000149011612`. A value
 * that is no float32, and an integer, is written as JavaScript does; NaN and infinities as `NaN`,
 * `Infinity`, `-Infinity`.
 */
export function formatFloat32(value: number): string {
  if (Number.isInteger(value) || Math.fround(value) !== value) {
    return String(value);
  }
  // Up to 6 digits any decimal survives the way to float32 and back, and 9 always tell two apart. Below
  // 2^-126 float32 has fewer bits, and fewer digits may do.
  for (let digits = Math.abs(value) < 2 ** -126 ? 1 : 6; digits < 9; digits++) {
    const decimal = Number(value.toPrecision(digits));
    if (Math.fround(decimal) === value) {
      return String(decimal);
    }
  }
  return String(Number(value.toPrecision(9)));
}
