// Names and figures of classifiers as people read them.

/** `identity_hate` as "identity hate". */
export function labelText(label: string): string {
  return label.replaceAll('_', ' ').trim() || label;
}

/** A score with three digits; one that is not quite 0 or 1 never looks as if it were. */
export function scoreText(score: number): string {
  if (score > 0 && score < 0.0005) return '<0.001';
  if (score < 1 && score >= 0.9995) return '>0.999';
  return score.toFixed(3);
}

/** A share from 0 to 1 as per cent; a dash for none. */
export function shareText(share: number | null | undefined): string {
  if (share === null || share === undefined) return '–';
  const percent = 100 * share;
  if (percent > 0 && percent < 0.05) return '<0.1 %';
  if (percent < 100 && percent >= 99.95) return '>99.9 %';
  return `${percent.toFixed(percent === 0 || percent === 100 ? 0 : 1)} %`;
}

/** A figure from 0 to 1 with three digits; a dash for none. */
export function figureText(value: number | null | undefined): string {
  return value === null || value === undefined ? '–' : value.toFixed(3);
}

/** A weight with its sign. */
export function signedText(value: number): string {
  const digits = Math.abs(value) >= 0.0005 ? Math.abs(value).toFixed(3) : '<0.001';
  return `${value < 0 ? '−' : '+'}${digits}`;
}

const languageNames = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'code' });

/** A language's English name, and its tag where it has none. */
export function languageText(tag: string): string {
  try {
    return languageNames.of(tag) ?? tag;
  } catch {
    // No tag at all.
    return tag;
  }
}

/** "1 row", "2 rows". */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}
