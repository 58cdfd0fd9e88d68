// What clients send as texts: what is taken, how pairs are split, and what is refused in which words.
import { expect, it } from 'vitest';
import { longestText, readTexts } from '../../../src/server/encoder/request-texts.js';

it.each([
  ['a text', 'hello', 'hello'],
  ['outer space, as Python knows it', '\u00a0\u2003\x1c hi\x85\n', 'hi'],
  ['what only JavaScript takes for space stays', '\ufeffhi', '\ufeffhi'],
  ['an empty text', '', ''],
  ['a blank text', ' \t ', ''],
  ['a pair', 'a b ||| c', ['a b', 'c']],
  ['the last separator splits', 'a ||| b ||| c', ['a ||| b', 'c']],
  ['overlapping separators', 'a ||| ||| b', ['a |||', 'b']],
  ['inner space stays', 'a  |||  b', ['a ', ' b']],
  ['no space before', 'a||| b', 'a||| b'],
  ['nothing after', 'a ||| ', 'a |||'],
  ['nothing before', ' ||| a', '||| a'],
  ['two lines are no pair', 'a\nb ||| c', 'a\nb ||| c'],
  ['tokens', ['a', '##b'], { tokens: ['a', '##b'] }],
  ['no tokens', [], { tokens: [] }],
  ['a pair of tokens', ['a', '|||', 'b'], { tokens: ['a'], pairTokens: ['b'] }],
  [
    'the first separator splits tokens',
    ['a', '|||', 'b', '|||', 'c'],
    { tokens: ['a'], pairTokens: ['b', '|||', 'c'] },
  ],
])('%s', (_, text, expected) => {
  expect(readTexts([text])).toEqual([expected]);
});

it.each([
  [undefined, 'the texts are nothing, not a list of strings or of lists of tokens'],
  ['text', 'the texts are a string, not a list of strings or of lists of tokens'],
  [{ 0: 'a' }, 'the texts are an object, not a list of strings or of lists of tokens'],
  [[], 'the list of texts is empty'],
  [[1], 'text 0 (counted from 0) is a number, not a string or a list of tokens'],
  [['a', null], 'text 1 (counted from 0) is nothing, not a string like those before it'],
  [['a', ['b']], 'text 1 (counted from 0) is a list, not a string like those before it'],
  [[['a'], 'b'], 'text 1 (counted from 0) is a string, not a list of tokens like those before it'],
  [[['a', 1]], 'token 1 of text 0 (counted from 0) is a number, not a string'],
  [[['a', ['b']]], 'token 1 of text 0 (counted from 0) is a list, not a string'],
  [
    ['x'.repeat(longestText + 1)],
    'text 0 (counted from 0) has 1000001 characters; at most 1000000 are taken',
  ],
  [
    [Array.from({ length: longestText + 1 }, () => '')],
    'text 0 (counted from 0) has 1000001 characters; at most 1000000 are taken',
  ],
])('%j is refused', (texts, problem) => {
  const message = `the request cannot be answered: ${problem}`;
  expect(() => readTexts(texts)).toThrow(
    expect.objectContaining({ code: 'REQUEST_INVALID', message }),
  );
});

it('splits long texts in linear time', () => {
  const text = `${' |||'.repeat(longestText / 4 - 2)} `;
  expect(readTexts([text])).toHaveLength(1);
});
