// Figures as people read them: grouped digits, few decimals, a unit.

const missing = '–';
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

function fewDigits(value: number): string {
  if (value >= 100 || value === 0) return whole.format(value);
  return String(Number(value.toPrecision(value >= 10 ? 3 : 2)));
}

export function countText(value: number | undefined): string {
  return value === undefined ? missing : whole.format(value);
}

/** Without its unit, which stands beside it. */
export function rateText(value: number | undefined): string {
  return value === undefined ? missing : fewDigits(value);
}

/** Milliseconds, or seconds from ten of them on. */
export function millisecondsText(value: number | undefined): string {
  if (value === undefined) return missing;
  return value >= 10_000 ? `${fewDigits(value / 1000)} s` : `${fewDigits(value)} ms`;
}

const units: readonly (readonly [name: string, seconds: number])[] = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
];

/** A span of time in its two largest units. */
export function durationText(seconds: number | undefined): string {
  if (seconds === undefined) return missing;
  let left = Math.max(0, Math.floor(seconds));
  const parts: string[] = [];
  for (const [name, length] of units) {
    const count = Math.floor(left / length);
    left -= count * length;
    if (count > 0 && parts.length < 2) parts.push(`${count} ${name}`);
    else if (parts.length > 0) break;
  }
  return parts.length === 0 ? '0 s' : parts.join(' ');
}

/** A time of day, by the clock of whoever reads it. */
export function clockText(time: number | string): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? missing : date.toLocaleTimeString('en-GB');
}
