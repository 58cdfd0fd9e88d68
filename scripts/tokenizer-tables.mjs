// Prints the tables of src/bert/tokenizer-unicode.ts. The reference tokenizer reads characters by the
// Unicode versions its crates were built with, not by the one of the running Node.js, so the tables are
// asked from it, code point by code point: `node scripts/tokenizer-tables.mjs` (about 20 s).
import { bertNormalizer, bertPreTokenizer, nfdNormalizer } from 'tokenizers';

const off = {
  cleanText: false,
  handleChineseChars: false,
  stripAccents: false,
  lowercase: false,
};
const strip = bertNormalizer({ ...off, stripAccents: true });
const decompose = nfdNormalizer();
const split = bertPreTokenizer();

/** Calls `visit(codePoint, text)` for every code point that is not a surrogate. */
function everyCodePoint(visit) {
  for (let code = 0; code < 0x110000; code++) {
    if (code < 0xd800 || code > 0xdfff) visit(code, String.fromCodePoint(code));
  }
}

/** True if a character `first` that follows `second` is sorted before it. */
function sortsBefore(first, second) {
  const text = `a${second}${first}`;
  return decompose.normalizeString(text) !== text;
}

/** The rank of a mark among the combining classes, found by comparing it with one mark of each. */
function rankOf(text, ranks) {
  for (let rank = 0; rank < ranks.length; rank++) {
    if (sortsBefore(text, ranks[rank])) {
      ranks.splice(rank, 0, text);
      return;
    }
    if (!sortsBefore(ranks[rank], text)) return;
  }
  ranks.push(text);
}

/** Runs of neighbours with one value, as `gap.length[.value]` in base 36. */
function pack(entries) {
  const runs = [];
  for (const [code, value] of entries) {
    const last = runs.at(-1);
    if (last !== undefined && last.end === code && last.value === value) last.end++;
    else runs.push({ start: code, end: code + 1, value });
  }
  let cursor = 0;
  return runs.map(({ start, end, value }) => {
    const numbers = [start - cursor, end - start, ...(value === undefined ? [] : [value])];
    cursor = end;
    return numbers.map((number) => number.toString(36)).join('.');
  });
}

function print(name, words) {
  const lines = [''];
  for (const word of words) {
    if (lines.at(-1).length + word.length > 95) lines.push('');
    lines.push(`${lines.pop()}${word} `);
  }
  console.log(`const ${name} = \`\n${lines.map((line) => `  ${line.trimEnd()}`).join('\n')}\`;\n`);
}

const marks = [];
const punctuation = [];
const combining = [];
everyCodePoint((code, text) => {
  const decomposed = decompose.normalizeString(text);
  if (decomposed === text && strip.normalizeString(text) === '') marks.push([code]);
  if (code > 127 && split.preTokenizeString(`a${text}a`).length === 3) punctuation.push([code]);
  if (decomposed === text && (text === '\u0345' || sortsBefore(text, '\u0345'))) {
    combining.push([code, text]);
  }
});
const ranks = [];
for (const [, text] of combining) rankOf(text, ranks);
const ranked = combining.map(([code, text]) => [
  code,
  1 + ranks.findIndex((mark) => !sortsBefore(text, mark) && !sortsBefore(mark, text)),
]);
print('packedMarks', pack(marks));
print('packedPunctuation', pack(punctuation));
print('packedCombining', pack(ranked));
