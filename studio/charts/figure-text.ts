// Figures as people read them: grouped digits, few decimals, a unit.

const missing = '–';
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** Three digits or more; always the same number of decimals, so that a figure that moves does not jump. */
function fewDigits(value: number): string {
  if (value >= 100 || value === 0) return whole.format(value);
  return value.toFixed(value >= 1 ? 1 : 2);
}

/** A value on a scale: round already, so no digit is dropped. */
export function scaleText(value: number): string {
  return value >= 1000 ? whole.format(value) : String(Number(value.toPrecision(3)));
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

/** How long ago, roughly: minutes from two of them on. */
export function agoText(seconds: number): string {
  return seconds < 120 ? `${Math.round(seconds)} s ago` : `${Math.floor(seconds / 60)} min ago`;
}

/** A time of day, by the clock of whoever reads it. */
export function clockText(time: number | string): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? missing : date.toLocaleTimeString('en-GB');
}
