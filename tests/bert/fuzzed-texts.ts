// Texts that are hard on a tokenizer, the same ones for the same seed.

/** Numbers in [0, 1) from a seed: mulberry32. */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Code points by kind, both ends included; a text draws from a few kinds. */
const kinds: readonly (readonly (readonly [number, number])[])[] = [
  [[0x61, 0x7a]],
  [[0x41, 0x5a]],
  [[0x20, 0x7e]],
  [
    [0x0, 0x1f],
    [0x7f, 0xa0],
  ],
  [
    [0x20, 0x20],
    [0x9, 0xd],
    [0x2000, 0x200a],
    [0x3000, 0x3000],
    [0x2028, 0x2029],
    [0x1680, 0x1680],
  ],
  [[0xa1, 0x24f]],
  [[0x1e00, 0x1fff]],
  [[0x370, 0x52f]],
  [[0x300, 0x36f]],
  [
    [0x300, 0x36f],
    [0x302a, 0x302f],
    [0x1b34, 0x1b44],
    [0x1d165, 0x1d172],
    [0x1e000, 0x1e02a],
  ],
  [
    [0x590, 0x7ff],
    [0xfb1d, 0xfdff],
  ],
  [[0x800, 0xdff]],
  [
    [0xe00, 0x10ff],
    [0x1700, 0x18ff],
  ],
  [
    [0xac00, 0xd7a3],
    [0x1100, 0x11ff],
  ],
  [[0x3040, 0x30ff]],
  [[0x4e00, 0x9fff]],
  [
    [0x3400, 0x4dbf],
    [0xf900, 0xfaff],
    [0x20000, 0x3134f],
    [0x2f800, 0x2fa1f],
  ],
  [
    [0x1f300, 0x1faff],
    [0x200d, 0x200d],
    [0xfe0e, 0xfe0f],
    [0x1f1e6, 0x1f1ff],
  ],
  [
    [0x2010, 0x2bff],
    [0x3001, 0x303f],
    [0xff01, 0xffef],
  ],
  [[0x10000, 0x1fffd]],
  [[0xd800, 0xdfff]],
  [
    [0xe000, 0xf8ff],
    [0xe0000, 0xe01ef],
    [0xfff0, 0xffff],
  ],
  [[0x0, 0x10ffff]],
];

const phrases = [
  '[MASK]',
  '[CLS]',
  '[SEP]',
  '[UNK]',
  '[PAD]',
  '[MASK',
  '[[SEP]]',
  '[mask]',
  '##ing',
  'unbelievable',
  "don't",
  'naïve',
  'İstanbul',
  'ΣΊΣΥΦΟΣ',
  'ẞ',
  'ﬁ',
  '≠',
  '\u1fef',
  'talk-page',
  'http://a.b/c?d=e&f',
  '...',
  '👩‍👩‍👧‍👦',
  '🇩🇪',
  'e\u0301\u0323',
  'q\u0323\u0307\u302e',
  '한국어',
  'का\u093f',
  'שָׁלוֹם',
  'مَرْحَبًا',
  '100,000.00',
  'C++',
  '\u{20000}\u{2a6d6}',
];

/** A text of up to about 60 characters, or now and then a long word. */
export function fuzzedText(random: () => number): string {
  const pick = (count: number): number => Math.floor(random() * count);
  const chosen = [kinds[pick(3)], kinds[pick(kinds.length)], kinds[pick(kinds.length)]];
  const length = pick(60);
  let text = '';
  for (let index = 0; index < length; index++) {
    const roll = random();
    if (roll < 0.04) text += phrases[pick(phrases.length)];
    else if (roll < 0.16) text += ' ';
    else if (roll < 0.165) text += longWord(chosen[pick(chosen.length)], 90 + pick(25), random);
    else text += character(chosen[pick(chosen.length)], random);
  }
  return text;
}

function longWord(
  kind: readonly (readonly [number, number])[],
  length: number,
  random: () => number,
): string {
  return Array.from({ length }, () => character(kind, random)).join('');
}

function character(kind: readonly (readonly [number, number])[], random: () => number): string {
  const [first, last] = kind[Math.floor(random() * kind.length)];
  return String.fromCodePoint(first + Math.floor(random() * (last - first + 1)));
}
