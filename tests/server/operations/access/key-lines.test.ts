// Files of API keys: what is written is read back, and what is not understood is refused by its line.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PolytagError } from '../../../../src/errors/index.js';
import {
  digestKey,
  newApiKey,
  parseKeyLines,
} from '../../../../src/server/operations/access/key-lines.js';

const hex = (text: string): string => createHash('sha256').update(text).digest('hex');

it('reads names, digests, admins and rates, and skips comments', () => {
  const text = [
    '\ufeff# who may come in',
    '',
    `mobile-app ${hex('a')}`,
    `  ops@example.org\t${hex('b').toUpperCase()}  admin rate=2.5/s # the night shift`,
  ].join('\r\n');
  expect(parseKeyLines(text, 'keys')).toEqual([
    { name: 'mobile-app', digest: digestKey('a'), isAdmin: false, rate: undefined },
    { name: 'ops@example.org', digest: digestKey('b'), isAdmin: true, rate: 2.5 },
  ]);
});

it('reads back every line that it makes, of a key that is made once', () => {
  const names = fc.stringMatching(/^[A-Za-z0-9][\w.@-]{0,63}$/);
  const rates = fc.option(
    fc.integer({ min: 1, max: 999_999_999 }).map((thousandths) => thousandths / 1000),
    { nil: undefined },
  );
  fc.assert(
    fc.property(names, fc.boolean(), rates, (name, isAdmin, rate) => {
      const { key, line } = newApiKey(name, { isAdmin, rate });
      expect(key).toMatch(/^pt_[\w-]{43}$/);
      expect(line).not.toContain(key);
      expect(parseKeyLines(`${line}\n`, 'keys')).toEqual([
        { name, digest: digestKey(key), isAdmin, rate },
      ]);
    }),
  );
  expect(newApiKey('a').key).not.toBe(newApiKey('a').key);
});

it('refuses names and rates that no file could hold', () => {
  for (const name of ['', 'a b', '#a', '-a', 'é', 'x'.repeat(65)]) {
    expect(() => newApiKey(name)).toThrow(/expected a letter or digit/);
  }
  for (const rate of [0, -1, Number.NaN, 1e6, 0.0001, Number.POSITIVE_INFINITY]) {
    expect(() => newApiKey('a', { rate })).toThrow(/requests a second above 0/);
  }
});

it('names line and problem', () => {
  const good = `first ${hex('a')}`;
  const problems: readonly (readonly [string, RegExp])[] = [
    ['', /keys has no key in it/],
    ['# only words', /keys has no key in it/],
    [`${good}\nsecond`, /keys, line 2: the second word is missing; expected the 64 hexadecimal/],
    [`${good}\n\nthird abc`, /line 3: the second word has 3 characters/],
    [`!x ${hex('b')}`, /line 1: the first word is no name/],
    [`${good} root`, /line 1: "root" is not expected here/],
    [`${good} admin admin`, /line 1: "admin" is not expected here/],
    [`${good} rate=0/s`, /line 1: "rate=0\/s" is not expected here/],
    [`${good} rate=5/m`, /line 1: "rate=5\/m" is not expected here/],
    [`${good}\nfirst ${hex('b')}`, /line 2: the name is that of line 1/],
    [`${good}\nsecond ${hex('a')}`, /line 2: the key is that of line 1/],
  ];
  for (const [text, problem] of problems) {
    expect(() => parseKeyLines(text, 'keys')).toThrow(problem);
  }
});

it('never shows what may be a key itself', () => {
  const { key } = newApiKey('a');
  expect(() => parseKeyLines(`a ${key}`, 'keys')).toThrow(/has 46 characters/);
  try {
    parseKeyLines(`a ${key}`, 'keys');
  } catch (error) {
    expect(String(error)).not.toContain(key);
  }
});

it('throws nothing but its own error, whatever the text', () => {
  const words = fc.oneof(
    fc.constantFrom(
      'a',
      'b',
      hex('a'),
      hex('b'),
      'admin',
      'rate=1/s',
      '#',
      '\n',
      '\t',
      '__proto__',
    ),
    fc.string({ unit: 'binary', maxLength: 80 }),
  );
  fc.assert(
    fc.property(fc.array(words, { maxLength: 20 }), (pieces) => {
      try {
        for (const { name, digest } of parseKeyLines(pieces.join(' '), 'keys')) {
          expect(name).toMatch(/^\w/);
          expect(digest).toHaveLength(32);
        }
      } catch (error) {
        expect(error).toBeInstanceOf(PolytagError);
        expect(error).toMatchObject({ code: 'API_KEYS_INVALID' });
      }
    }),
    { numRuns: 400 },
  );
});

it('takes a thousand keys and no more', () => {
  const lines = Array.from({ length: 1001 }, (_, index) => `key${index} ${hex(String(index))}`);
  expect(parseKeyLines(lines.slice(0, 1000).join('\n'), 'keys')).toHaveLength(1000);
  expect(() => parseKeyLines(lines.join('\n'), 'keys')).toThrow(/line 1001: more than 1000 keys/);
});
