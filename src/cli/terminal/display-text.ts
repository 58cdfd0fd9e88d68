// Text as a terminal shows it: how wide it is, and what must not reach the screen.

let segmenter: Intl.Segmenter | undefined;

/** Making a segmenter takes 10 ms, which a command that prints no table should not wait for. */
function segment(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return segmenter.segment(text);
}

/**
 * Characters that fill two columns: East Asian wide and full-width ones, and emoji (the blocks of
 * UAX #11 that are wide throughout; terminals differ on the rest).
 */
const WIDE =
  /^(?:\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]|.+\ufe0f)/u;

/** Characters that fill no column of their own. */
const WIDTHLESS = /^[\p{Mark}\p{Format}]+$/u;

/** How many terminal columns a text fills. It must hold no control or escape characters. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const piece of segment(text)) width += graphemeWidth(piece.segment);
  return width;
}

function graphemeWidth(grapheme: string): number {
  if (WIDTHLESS.test(grapheme)) return 0;
  return WIDE.test(grapheme) ? 2 : 1;
}

/** The beginning of a text that fills at most `width` columns, with an ellipsis where it was cut. */
export function fitToWidth(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let kept = '';
  let room = width - 1;
  for (const piece of segment(text)) {
    room -= graphemeWidth(piece.segment);
    if (room < 0) break;
    kept += piece.segment;
  }
  return width > 0 ? `${kept}…` : '';
}

/** A text filled up with spaces to `width` columns, on the right or (numbers) on the left. */
export function padToWidth(text: string, width: number, align: 'left' | 'right'): string {
  const spaces = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return align === 'left' ? text + spaces : spaces + text;
}

/**
 * A text from outside (a label, a file name) without what would steer the terminal: control
 * characters, line breaks and marks that turn the direction of text become a replacement character.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Control}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}
