// Quantities as people read them: counts, bytes, rates, durations.

const counts = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** A whole number with separators: `36,797`. */
export function formatCount(count: number): string {
  return counts.format(count);
}

/** A number of bytes in decimal units: `512 B`, `1.2 MB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let amount = bytes;
  let unit = 0;
  while (amount >= 999.5 && unit < units.length - 1) {
    amount /= 1000;
    unit++;
  }
  const digits = unit === 0 || amount >= 99.95 ? 0 : 1;
  return `${amount.toFixed(digits)} ${units[unit]}`;
}

/** An amount of a unit: `36,797 rows`; bytes in their own units: `1.2 MB`. */
export function formatAmount(amount: number, unit: string): string {
  return unit === 'bytes' ? formatBytes(amount) : `${formatCount(amount)} ${unit}`;
}

/** Texts that were gone through: `1,200 texts (3 of them longer than 128 tokens and cut)`. */
export function describeTexts(
  texts: number,
  truncated: number | null,
  maxLength: number | null,
): string {
  const cut =
    truncated === 0 || truncated === null
      ? ''
      : ` (${formatCount(truncated)} of them longer than ${maxLength ?? 'all'} tokens and cut)`;
  return `${formatAmount(texts, 'texts')}${cut}`;
}

/** How many texts were cut: `3 of 1,200 texts were longer than 128 tokens and cut.` */
export function describeCuts(
  truncated: number | null,
  texts: number,
  maxLength: number | null,
): string {
  if (truncated !== null) {
    return `${formatCount(truncated)} of ${formatCount(texts)} texts were longer than ${maxLength ?? 'all'} tokens and cut.`;
  }
  const limit = maxLength === null ? "its model's limit" : `${maxLength} tokens`;
  return `Texts of more than ${limit} were cut by the service, which does not say how many of ${formatCount(texts)} these were.`;
}

/** An amount a second: `412 rows/s`, `1.2 MB/s`; small ones with decimals: `0.25 epochs/s`. */
export function formatRate(perSecond: number, unit: string): string {
  if (unit === 'bytes') return `${formatBytes(perSecond)}/s`;
  const digits = perSecond >= 10 ? 0 : perSecond >= 1 ? 1 : 2;
  return `${perSecond >= 10 ? formatCount(perSecond) : perSecond.toFixed(digits)} ${unit}/s`;
}

/** A duration in its two largest units: `0.4 s`, `49 s`, `1 min 05 s`, `2 h 03 min`, `1 d 4 h`. */
export function formatDuration(milliseconds: number): string {
  const tenths = Math.round(milliseconds / 100);
  if (tenths < 100) return `${(tenths / 10).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${twoDigits(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${twoDigits(minutes % 60)} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
