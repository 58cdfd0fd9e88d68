// What the reference tokenizer knows about characters: which are punctuation, marks, control characters.
// It reads them by old Unicode versions (8 and 9), and Node.js by the newest, so the tables are ours:
// ids must not change with the version of Node.js. scripts/tokenizer-tables.mjs prints the packed ones.

/** First and last code point, both included. */
type Range = readonly [first: number, last: number];

/** Taken out by cleaning: control, format and private-use characters, and U+FFFD. */
export const removedRanges: readonly Range[] = [
  [0x0, 0x8],
  [0xb, 0xc],
  [0xe, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x600, 0x605],
  [0x61c, 0x61c],
  [0x6dd, 0x6dd],
  [0x70f, 0x70f],
  [0x180e, 0x180e],
  [0x200b, 0x200f],
  [0x202a, 0x202e],
  [0x2060, 0x2064],
  [0x2066, 0x206f],
  [0xe000, 0xf8ff],
  [0xfeff, 0xfeff],
  [0xfff9, 0xfffb],
  [0xfffd, 0xfffd],
  [0x110bd, 0x110bd],
  [0x1bca0, 0x1bca3],
  [0x1d173, 0x1d17a],
  [0xe0001, 0xe0001],
  [0xe0020, 0xe007f],
  [0xf0000, 0xffffd],
  [0x100000, 0x10fffd],
];

/** Unicode's White_Space. */
export const spaceRanges: readonly Range[] = [
  [0x9, 0xd],
  [0x20, 0x20],
  [0x85, 0x85],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
];

/** "Chinese characters", each a word of its own: the CJK blocks that BERT's authors listed. */
export const chineseRanges: readonly Range[] = [
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xf900, 0xfaff],
  [0x20000, 0x2a6df],
  [0x2a700, 0x2b81f],
  [0x2b920, 0x2ceaf],
  [0x2f800, 0x2fa1f],
];

/** All of ASCII that is neither letter, digit, space nor control character. */
export const asciiPunctuationRanges: readonly Range[] = [
  [0x21, 0x2f],
  [0x3a, 0x40],
  [0x5b, 0x60],
  [0x7b, 0x7e],
];

/** Decompose in Unicode 13 and later, but not for the reference. */
const undecomposedRanges: readonly Range[] = [
  [0x105c9, 0x105c9],
  [0x105e4, 0x105e4],
  [0x11383, 0x11383],
  [0x11385, 0x11385],
  [0x1138e, 0x1138e],
  [0x11391, 0x11391],
  [0x113c5, 0x113c5],
  [0x113c7, 0x113c8],
  [0x11938, 0x11938],
  [0x16121, 0x16128],
  [0x16d68, 0x16d6a],
];

// Runs of code points: the gap since the run before, then the length, then (for the last table) the
// rank of the combining class; in base 36.
const packedMarks = `
  lc.1s 2.1 2.17 7n.5 7d.19 1.1 1.2 1.2 1.1 20.b 1c.l g.1 2t.7 2.6 2.2 1.4 z.1 u.r 2j.b 1m.9 y.4
  1.9 1.3 1.5 17.3 3r.w 1j.1 1.1 4.8 4.1 3.7 a.2 t.1 1m.1 4.4 8.1 k.2 t.2 1l.1 4.2 4.2 2.3 3.1
  u.2 3.1 b.2 1l.1 4.5 1.2 4.1 k.2 t.1 1m.1 2.1 1.4 8.1 8.1 b.2 u.1 1p.1 c.1 1e.1 1p.3 5.2 2.4
  7.2 b.2 t.1 1m.1 2.1 6.1 5.2 k.2 t.1 1r.4 8.1 k.2 2u.1 7.3 1.1 2i.1 2.7 c.8 2q.1 2.6 1.2 b.6
  22.2 r.1 1.1 1.1 1j.2 1.1 2.1 1.6 1.1 1.3 1.2 5.6 1.4 1.4 1.4 1.4 1.4 1.c 1.3 9.1 2u.4 1.6 1.2
  2.2 p.2 4.3 g.4 d.1 2.2 6.1 f.1 jj.3 qa.3 t.3 t.2 u.2 1s.2 1.7 8.1 2.b 9.1 19.3 4b.1 3a.3 4.2
  9.1 6.3 63.2 2.1 1m.1 1.7 1.1 1.1 2.8 6.a 2.1 1c.e 1u.4 1c.1 1.5 1.1 5.1 14.9 c.2 w.4 2.2 1.3
  1k.1 1.2 3.1 1.3 1m.8 2.2 48.3 1.d 1.7 4.1 6.1 3.2 5i.1i 6.4 k0.d 4.1 3.c 2da.3 3x.1 2o.w fe.4
  2z.2 n9w.1 4.a w.2 28.2 7k.1 3.1 4.1 p.2 4d.1 r.i 1g.8 p.b 1a.3 1c.1 2.4 2.1 14.1 1v.6 2.2 2.2
  c.1 8.1 1b.1 1f.1 1.3 2.2 5.2 1.1 16.2 8.1 6m.1 2.1 4.1 fn4.1 kh.g g.g r1.1 6a.1 45.5 1ae.3 1.2
  5.4 14.3 4.1 4l.2 10a.1 1i.f 1k.3 1d.4 2.2 1x.3 10.5 1.1 2.5 1q.1 c.2 1g.9 b.3 2q.3 2.1 1.2
  4n.1 3.8 l.2 1m.1 3.1 11.7 3.5 8u.6 1.1 4.2 1.2 6m.4 6.2 1.2 r.2 2d.8 2.1 1.2 2y.1 1.1 2.6 1.1
  2t.3 2.4 1.5 gjo.5 1n.7 uw.4 f7u.2 43s.3 h.8 2.7 u.4 44.3 1iz.1j 4.1e 8.1 e.1 m.5 1.f 2sg.7
  gzl5.6o`;

const packedPunctuation = `
  4h.1 5.1 3.1 a.2 3.1 3.1 ji.1 8.1 cy.6 15.2 1f.1 1.1 2.1 2.1 18.2 k.2 1.2 d.1 2.2 22.4 2u.1
  17.e 6h.3 1i.f v.1 79.2 a.1 an.1 lf.1 2i.1 a.2 4o.f 1.1 11.4 1z.1 22.5 4.2 33.6 4r.1 h0.9 47.1
  h8.2 18.2 26.3 1z.2 4d.3 1.3 11.b 8p.2 60.2 3k.7 1.6 4s.7 4b.4 1n.5 1q.2 1s.8 b.1 n0.o 8.k 1.d
  1.c u.2 e.2 hl.4 t.2 u5.e 27.2 v.a b7.m 1r.4 w.2 l7.4 1.2 34.1 3z.1b 1.j ce.3 4.a 2.c g.1 c.1
  2q.1 2i.1 mwy.2 7h.3 2r.1 a.1 37.6 ak.4 2e.2 14.3 1.1 1d.2 1b.1 2p.d g.2 3g.4 3i.2 g.2 6x.1
  g2a.2 5s.a m.z 1.e 1.1 4.1 1.2 45.3 1.6 1.4 a.2 3.2 q.3 1.1 r.1 1.1 1.7 be.3 ik.1 1c.1 bi.1
  kn.1 5j.1 v.1 7k.9 12.1 34.7 1u.7 2h.4 x6.7 31.2 1.4 3i.4 1c.2 27.5 3.1 d.1 1.3 2g.6 2z.1 f0.1
  6y.n 2x.3 6w.3 2lt.5 dtl.2 3p.1 1t.5 8.1 g2i.1 5wn.5`;

const packedCombining = `
  lc.l.1e 0.1.1f 0.4.19 0.1.1f 0.1.17 0.5.19 0.2.15 0.4.19 0.2.15 0.b.19 0.5.1 0.4.19 0.3.1e
  2.1.1e 2.1.1i 0.1.1e 0.3.19 0.3.1e 0.2.19 1.3.1e 0.4.19 0.1.1e 0.1.1f 0.2.19 0.1.1e 0.1.1g
  0.2.1h 0.1.1g 0.2.1h 0.1.1g 0.d.1e 7n.5.1e 7d.1.19 0.4.1e 0.1.19 0.3.1e 0.1.1a 0.1.19 0.6.1e
  0.6.19 0.2.1e 0.1.19 0.2.1e 0.1.1a 0.1.1d 0.1.1e 0.1.5 0.1.6 0.1.7 0.1.8 0.1.9 0.1.a 0.1.b
  0.1.c 0.1.d 0.2.e 0.1.f 0.1.g 0.1.h 1.1.i 1.1.j 0.1.k 1.1.1e 0.1.19 1.1.d 20.8.1e 0.1.p 0.1.q
  0.1.r 1c.1.m 0.1.n 0.1.o 0.1.p 0.1.q 0.1.r 0.1.s 0.1.t 0.2.1e 0.2.19 0.5.1e 0.1.19 0.2.1e
  0.1.19 g.1.u 2t.7.1e 2.4.1e 0.1.19 0.1.1e 2.2.1e 1.1.19 0.2.1e 0.1.19 z.1.v u.1.1e 0.1.19
  0.2.1e 0.1.19 0.2.1e 0.3.19 0.1.1e 0.2.19 0.1.1e 0.1.19 0.3.1e 0.1.19 0.1.1e 0.1.19 0.1.1e
  0.1.19 0.1.1e 0.1.19 0.2.1e 4g.7.1e 0.1.19 0.1.1e y.4.1e 1.9.1e 1.3.1e 1.5.1e 17.3.19 3c.e.1e
  1.1.19 0.2.1e 0.1.19 0.2.1e 0.1.19 0.3.1e 0.3.19 0.1.m 0.1.n 0.1.o 0.3.1e 0.1.19 0.2.1e 0.2.19
  0.5.1e 1o.1.2 g.1.4 3.1.1e 0.1.19 0.2.1e 2v.1.2 g.1.4 32.1.2 g.1.4 32.1.2 g.1.4 32.1.2 g.1.4
  3j.1.4 3j.1.4 7.1.w 0.1.x 2t.1.2 g.1.4 3j.1.4 3g.1.4 31.2.y 0.1.4 d.4.z 30.2.10 e.4.11 24.2.19
  r.1.19 1.1.19 1.1.17 1j.1.12 0.1.13 1.1.14 5.4.13 2.1.13 1.2.1e 0.1.4 1.2.1e 1q.1.19 34.1.2
  1.2.4 2a.1.19 jz.3.1e qc.1.4 v.1.4 4d.1.4 a.1.1e 5n.1.1d 3z.1.1a 0.1.1e 0.1.19 63.1.1e 0.1.19
  1z.1.4 k.8.1e 2.1.19 1c.5.1e 0.6.19 0.2.1e 0.1.19 3a.1.2 f.1.4 12.1.1e 0.1.19 0.7.1e 1i.2.4
  1m.1.2 b.2.4 1v.1.2 48.3.1e 1.1.1 0.5.19 0.2.1e 0.4.19 0.1.1e 1.7.1 4.1.19 6.1.1e 3.2.1e
  5i.2.1e 0.1.19 0.7.1e 0.1.19 0.2.1e 0.1.1h 0.1.16 0.1.19 0.1.15 0.11.1e 5.1.1e 0.1.1g 0.1.19
  0.1.1e 0.1.19 k0.2.1e 0.2.1 0.4.1e 0.3.1 0.2.1e 4.1.1e 3.2.1 0.1.1e 0.1.19 0.1.1e 0.2.1 0.4.19
  0.1.1e 2da.3.1e 3x.1.4 2o.w.1e fe.1.18 0.1.1d 0.1.1f 0.1.1a 0.2.1b 2x.2.3 n9w.1.1e 4.a.1e
  w.2.1e 28.2.1e 7o.1.4 59.1.4 r.i.1e 1l.3.19 11.1.4 2n.1.2 c.1.4 6n.1.1e 1.2.1e 0.1.19 2.2.1e
  5.2.1e 1.1.1e 1g.1.4 6u.1.4 fn4.1.l ld.7.1e 0.7.19 0.2.1e r1.1.19 6a.1.19 45.5.1e 1aq.1.19
  1.1.1e 14.1.1e 0.1.1 0.1.19 4.1.4 4l.1.1e 0.1.19 127.1.4 1k.1.4 1l.1.4 0.1.2 1x.3.1e 1c.2.4
  1q.1.2 24.1.4 9.1.2 2y.1.4 0.1.2 4y.1.2 0.1.4 29.1.2 g.1.4 o.7.1e 3.5.1e 5p.1.4 3.1.2 3f.1.4
  0.1.2 6z.1.4 0.1.2 3i.1.4 3a.1.4 0.1.2 37.1.4 103.1.4 fjk.5.1 1n.7.1e g2v.1.1 43q.2.17 0.3.1
  3.1.1c 0.5.17 8.8.19 2.5.1e 0.2.19 u.4.1e 44.3.1e 2pn.7.1e 1.h.1e 2.7.1e 1.2.1e 1.5.1e 1ph.7.19
  31.6.1e 0.1.2`;

interface Runs {
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly values: Uint8Array;
}

function unpack(packed: string): Runs {
  const words = packed.trim().split(/\s+/);
  const starts = new Int32Array(words.length);
  const ends = new Int32Array(words.length);
  const values = new Uint8Array(words.length);
  let cursor = 0;
  words.forEach((word, index) => {
    const [gap = 0, length = 0, value = 1] = word.split('.').map((digits) => parseInt(digits, 36));
    starts[index] = cursor + gap;
    cursor += gap + length;
    ends[index] = cursor;
    values[index] = value;
  });
  return { starts, ends, values };
}

/** The value of the run that holds `code`; 0 outside all runs. */
function valueAt({ starts, ends, values }: Runs, code: number): number {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ends[middle] <= code) low = middle + 1;
    else high = middle;
  }
  return low < starts.length && starts[low] <= code ? values[low] : 0;
}

const marks = unpack(packedMarks);
const combining = unpack(packedCombining);
const firstMark = 0x300;

/** True for a non-spacing mark: what is left of an accent after decomposition. */
export function isMark(code: number): boolean {
  return code >= firstMark && valueAt(marks, code) !== 0;
}

/** The rank of a mark's canonical combining class, in which marks after one letter are sorted; 0 for other characters. */
export function combiningRank(code: number): number {
  return code < firstMark ? 0 : valueAt(combining, code);
}

/** Calls `visit` with each run `[start, end)` of punctuation outside ASCII. */
export function forEachPunctuationRun(visit: (start: number, end: number) => void): void {
  const { starts, ends } = unpack(packedPunctuation);
  starts.forEach((start, index) => {
    visit(start, ends[index]);
  });
}

/** The full canonical decomposition of one character. */
export function decomposeCharacter(code: number): string {
  const character = String.fromCodePoint(code);
  if (code > 0x10000 && undecomposedRanges.some(([first, last]) => code >= first && code <= last)) {
    return character;
  }
  return character.normalize('NFD');
}
