// Windows of long texts: whatever the lengths, they cover every token, overlap as they should, and keep to the limits.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PolytagError } from '../../src/errors/index.js';
import { type Encoding, WordPieceTokenizer } from '../../src/bert/tokenizer.js';
import {
  cutWindows,
  encodeWindows,
  MOST_WINDOWS,
  resolveWindows,
} from '../../src/bert/tokenizer-windows.js';

const words = Array.from({ length: 50 }, (_, at) => `w${at}`);
const tokenizer = WordPieceTokenizer.fromVocabulary([
  '[PAD]',
  '[UNK]',
  '[CLS]',
  '[SEP]',
  'w',
  ...words.map((word) => `##${word.slice(1)}`),
  ...words,
]);

const textOf = (tokens: number): string =>
  Array.from({ length: tokens }, (_, at) => words[(at * 7) % words.length]).join(' ');

/** The tokens of a text between its special ones, each with its place. */
function contentOf({ ids, starts, ends, typeIds, sources }: Encoding): string[] {
  return Array.from(ids, (id, at) => `${id} ${starts[at]} ${ends[at]} ${typeIds[at]}`).filter(
    (_, at) => sources[at] >= 0,
  );
}

const lengths = fc
  .record({ tokens: fc.nat(400), maxLength: fc.integer({ min: 3, max: 60 }) })
  .chain(({ tokens, maxLength }) =>
    fc.record({
      tokens: fc.constant(tokens),
      maxLength: fc.constant(maxLength),
      stride: fc.integer({ min: 1, max: maxLength - 2 }),
      addSpecialTokens: fc.boolean(),
    }),
  );

describe('cutWindows', () => {
  it('covers every token in order, in windows of full length that are a stride apart', () => {
    fc.assert(
      fc.property(lengths, ({ tokens, maxLength, stride, addSpecialTokens }) => {
        const whole = tokenizer.encode(textOf(tokens), { addSpecialTokens });
        const windows = cutWindows(whole, { maxLength, stride });
        const content = contentOf(whole);
        const room = addSpecialTokens ? maxLength - 2 : maxLength;
        if (tokens <= room) {
          expect(windows).toEqual([whole]);
          return;
        }
        expect(windows).toHaveLength(Math.ceil((tokens - room) / stride) + 1);
        windows.forEach((window, at) => {
          expect(window.ids).toHaveLength(maxLength);
          const start = Math.min(at * stride, tokens - room);
          expect(contentOf(window)).toEqual(content.slice(start, start + room));
          if (!addSpecialTokens) return;
          expect([window.ids[0], window.ids.at(-1)]).toEqual([
            tokenizer.classificationId,
            tokenizer.separatorId,
          ]);
          expect([window.sources[0], window.sources.at(-1)]).toEqual([-1, -1]);
          expect([window.ends[0], window.ends.at(-1)]).toEqual([0, 0]);
        });
      }),
    );
  });

  it('cuts nothing of a pair, and leaves no token out', () => {
    const pair = tokenizer.encode(textOf(20), { pair: textOf(20) });
    expect(() => cutWindows(pair, { maxLength: 10, stride: 4 })).toThrow(RangeError);
    const text = tokenizer.encode(textOf(20));
    expect(() => cutWindows(text, { maxLength: 10, stride: 9 })).toThrow(RangeError);
    expect(() => cutWindows(text, { maxLength: 10, stride: 0 })).toThrow(RangeError);
  });

  it('keeps an empty text', () => {
    const empty = tokenizer.encode('');
    expect(cutWindows(empty, { maxLength: 3, stride: 1 })).toEqual([empty]);
  });
});

describe('encodeWindows', () => {
  it('makes at most 64 windows of any text, and says what they leave out', () => {
    const room = 6;
    const stride = 2;
    const covered = (MOST_WINDOWS - 1) * stride + room;
    for (const tokens of [covered - 1, covered, covered + 1, covered * 3]) {
      for (const truncation of ['head', 'tail', 'head+tail'] as const) {
        const windows = encodeWindows(tokenizer, textOf(tokens), {
          maxLength: room + 2,
          stride,
          truncation,
        });
        expect(windows).toHaveLength(MOST_WINDOWS);
        const left = Math.max(0, tokens - covered);
        expect(windows.map(({ truncated }) => truncated)).toEqual(windows.map(() => left));
        const content = contentOf(tokenizer.encode(textOf(tokens)));
        const last = contentOf(windows[MOST_WINDOWS - 1]);
        const from = truncation === 'head' && left > 0 ? covered - room : tokens - room;
        expect(last).toEqual(content.slice(from, from + room));
      }
    }
  });
});

describe('resolveWindows', () => {
  it('puts windows half of one apart unless told otherwise', () => {
    expect(resolveWindows({ combine: 'max' }, 128)).toEqual({ combine: 'max', stride: 63 });
    expect(resolveWindows({ combine: 'mean' }, 3)).toEqual({ combine: 'mean', stride: 1 });
    expect(resolveWindows({ combine: 'max', stride: 126 }, 128).stride).toBe(126);
  });

  it.each([0, 127, 1.5, Number.NaN])('refuses a stride of %s', (stride) => {
    expect(() => resolveWindows({ combine: 'max', stride }, 128)).toThrow(PolytagError);
  });

  it('refuses another combination', () => {
    const combine = 'median' as 'max';
    expect(() => resolveWindows({ combine }, 128)).toThrow(/windows is "median".*max or mean/);
  });
});
