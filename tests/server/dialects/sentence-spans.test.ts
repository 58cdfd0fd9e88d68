import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sentenceSpans } from '../../../src/server/dialects/perspective/sentence-spans.js';

function slices(text: string, most = 256): string[] {
  return sentenceSpans(text, most).map(({ begin, end }) => text.slice(begin, end));
}

/** Texts with whatever ends a sentence or is cut in two by mistake. */
const texts = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '.',
        '! ',
        '? ',
        '\n',
        '\r\n',
        '\u2029',
        ' ',
        '😀',
        '👩‍👧',
        '。',
        'Mr. ',
        'a',
        'e\u0301',
      ),
      fc.string({ unit: 'binary', maxLength: 8 }),
    ),
    { minLength: 1, maxLength: 40 },
  )
  .map((parts) => parts.join(''))
  .filter((text) => text !== '');

describe('sentenceSpans', () => {
  it('cuts the sample of the Perspective API as the Perspective API did', () => {
    expect(sentenceSpans('What kind of idiot name is foo? Sorry, I like your name.', 256)).toEqual([
      { begin: 0, end: 32 },
      { begin: 32, end: 56 },
    ]);
  });

  it('counts in UTF-16 code units', () => {
    expect(sentenceSpans('Hi 😀! You.', 256)).toEqual([
      { begin: 0, end: 7 },
      { begin: 7, end: 11 },
    ]);
  });

  it('leaves no span blank but that of a blank text', () => {
    expect(slices('\n\n One.\n\n\nTwo.\n ')).toEqual(['\n\n One.\n\n\n', 'Two.\n ']);
    expect(slices(' \n ')).toEqual([' \n ']);
  });

  it('shares spans among many sentences', () => {
    const spans = sentenceSpans('No. '.repeat(1000), 256);
    expect(spans).toHaveLength(250);
    expect(spans[0]).toEqual({ begin: 0, end: 16 });
  });

  it('covers any text without a gap, an overlap, or half of a pair', () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 5 }), (text, most) => {
        const spans = sentenceSpans(text, most);
        expect(spans.length).toBeLessThanOrEqual(most);
        expect(spans.map(({ begin }) => begin)).toEqual([
          0,
          ...spans.slice(0, -1).map((s) => s.end),
        ]);
        expect(spans[spans.length - 1].end).toBe(text.length);
        for (const { begin, end } of spans) {
          expect(end).toBeGreaterThan(begin);
          const isBetween =
            /[\uD800-\uDBFF]$/.test(text.slice(0, begin)) &&
            /^[\uDC00-\uDFFF]/.test(text.slice(begin));
          expect(isBetween).toBe(false);
          if (text.trim() !== '') expect(text.slice(begin, end).trim()).not.toBe('');
        }
      }),
    );
  });
});
