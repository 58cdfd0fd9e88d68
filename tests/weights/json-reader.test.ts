import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonReader, type JsonValue } from '../../src/weights/json-reader.js';

function parse(text: string): JsonValue {
  const reader = new JsonReader(text, (problem) => new Error(problem));
  const value = reader.value();
  reader.end();
  return value;
}

describe('JsonReader', () => {
  it('reads what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.json({ noUnicodeString: false, maxDepth: 6 }), (text) => {
        fc.pre(!/\\ud[89a-f]/i.test(text));
        expect(JSON.stringify(parse(text))).toBe(JSON.stringify(JSON.parse(text)));
      }),
      { numRuns: 200 },
    );
  });

  it('takes no text that JSON.parse refuses', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom(...Array.from('{}[]",:\\0123.eE+-truefalsn \t\u0001ü')),
        }),
        (text) => {
          let value: JsonValue;
          try {
            value = parse(text);
          } catch {
            return;
          }
          expect(JSON.stringify(value)).toBe(JSON.stringify(JSON.parse(text)));
        },
      ),
      { numRuns: 5000 },
    );
  });

  it.each([
    ['{"a":1,"a":2}', 'twice'],
    ['{"a":1,"\\u0061":2}', 'twice'],
    [`${'['.repeat(65)}${']'.repeat(65)}`, 'deeper than 64'],
    ['["\\ud800"]', 'surrogate'],
    ['["\\x"]', 'escape'],
    ['["a\nb"]', 'control character'],
    ['["abc', 'does not end'],
    ['[1,]', 'is not JSON'],
    ['[1 2]', 'lacks "]"'],
    ['{"a" 1}', 'lacks ":"'],
    ['{a:1}', 'lacks "\\""'],
    ['[NaN]', 'is not JSON'],
    ['[01]', 'lacks "]"'],
    ['1 1', 'goes on after its end'],
    ['', 'is not JSON'],
  ])('refuses %s', (text, problem) => {
    expect(() => parse(text)).toThrow(problem);
  });

  it('takes 64 levels, and a hundred thousand without overflowing the stack', () => {
    expect(() => parse(`${'['.repeat(64)}${']'.repeat(64)}`)).not.toThrow();
    expect(() => parse('['.repeat(100_000))).toThrow('deeper than 64');
    expect(() => parse('{"a":'.repeat(100_000))).toThrow('deeper than 64');
  });

  it('reads a string of a million characters', () => {
    const text = 'ab\\n'.repeat(250_000);
    expect(parse(`"${text}"`)).toBe('ab\n'.repeat(250_000));
  });

  it('keeps "__proto__" as a key like any other', () => {
    const value = parse('{"__proto__":{"polluted":true},"constructor":1}');
    expect(Object.keys(value ?? {})).toEqual(['__proto__', 'constructor']);
    expect('polluted' in {}).toBe(false);
    expect(Object.getPrototypeOf(value)).toBeNull();
  });

  it.each(['-0', '1.0', '1e2', '-1', '9007199254740992'])('takes no %s as an index', (text) => {
    const reader = new JsonReader(text, (problem) => new Error(problem));
    expect(() => reader.index()).toThrow('whole number');
  });

  it('takes the largest safe integer as an index', () => {
    const reader = new JsonReader('9007199254740991', (problem) => new Error(problem));
    expect(reader.index()).toBe(Number.MAX_SAFE_INTEGER);
  });
});
