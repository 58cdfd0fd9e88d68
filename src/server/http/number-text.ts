// The shortest decimal texts that read back as the same float32: half the bytes of what a double prints.

/** Powers of ten that a double holds exactly. */
const powers = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
/** Seven digits often do; nine tell any two float32 apart (IEEE 754-2019, section 5.12.2). */
const fewestDigits = 7;
const mostDigits = 9;

function searchText(value: number): string {
  for (let digits = 1; digits < mostDigits; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(Number(value.toPrecision(mostDigits)));
}

/**
 * The shortest JSON text that reads back as `value`.
 * @param value a finite float32
 */
export function float32Text(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const size = Math.abs(value);
  if (size >= 1e-9 && size < 1e7) {
    // k / 10^places is rounded correctly, so that a double prints it with the digits of k and no more.
    const places = fewestDigits - 1 - Math.floor(Math.log10(size));
    for (let more = 0; more <= mostDigits - fewestDigits; more++) {
      const power = powers[places + more];
      const short = Math.round(value * power) / power;
      if (Math.fround(short) === value) return String(short);
    }
  }
  return searchText(value);
}
