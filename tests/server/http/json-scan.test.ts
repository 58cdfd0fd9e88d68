// What is looked for in JSON before it is parsed: depth and names that come twice.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mostNames, parseStrictJson, scanJson } from '../../../src/server/http/json-scan.js';

const twice = 'a name twice';

function parse(text: string, depth = 64): unknown {
  return parseStrictJson(Buffer.from(text), depth).value;
}

describe('parseStrictJson', () => {
  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.boolean(), (value, spaced) => {
        const text = JSON.stringify(value, null, spaced ? 1 : 0);
        expect(parse(text)).toEqual(JSON.parse(text));
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['{"a":1,"a":2}'],
    ['{"a":1,"\\u0061":2}'],
    ['[{"b":{"x":0,"a":[{}],"x":1}}]'],
    ['{"a":"{\\"a\\":1}","b":[1,{"c":2}],"a":3}'],
    ['{"\\"":1,"\\"":2}'],
    ['{"__proto__":1,"__proto__":2}'],
    [`{${Array.from({ length: 40 }, (_, at) => `"n${at}":0`).join(',')},"n3":1}`],
  ])('refuses a name that comes twice: %s', (text) => {
    expect(() => parse(text)).toThrow(twice);
  });

  it.each([
    ['{"a":{"a":{"a":1}}}'],
    ['[{"a":1},{"a":1}]'],
    ['{"a":"a","b":["a","a"]}'],
    ['{"a\\\\":1,"a":2}'],
    ['{"a":"\\\\","b":"\\\\\\"","c":1}'],
  ])('takes names that are not the same, or not in one object: %s', (text) => {
    expect(parse(text)).toEqual(JSON.parse(text));
  });

  it('finds the same doubled names as a slow look at the text', () => {
    const name = fc.constantFrom('a', 'b', '\\u0061', 'ab');
    const members = fc.array(fc.tuple(name, fc.constantFrom('1', '"a"', '{"a":2}', '["b"]')));
    fc.assert(
      fc.property(members, (pairs) => {
        const text = `{${pairs.map(([key, value]) => `"${key}":${value}`).join(',')}}`;
        const names = pairs.map(([key]) => JSON.parse(`"${key}"`) as string);
        if (new Set(names).size < names.length) expect(() => parse(text)).toThrow(twice);
        else expect(parse(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('refuses depth before it is parsed', () => {
    expect(() => parse('['.repeat(1_000_000))).toThrow('more than 64 deep');
    expect(() => parse(`${'{"a":'.repeat(65)}1${'}'.repeat(65)}`)).toThrow('more than 64 deep');
    expect(parse(`${'['.repeat(64)}${']'.repeat(64)}`)).toBeDefined();
  });

  it('refuses more names than any request needs, in one object or in many', () => {
    const one = Array.from({ length: mostNames }, (_, at) => `"${at}":0`);
    expect(Object.keys(parse(`{${one.join(',')}}`) as object)).toHaveLength(mostNames);
    const many = '{"a":0,"b":0},'.repeat(mostNames / 2);
    for (const text of [`{${one.join(',')},"x":0}`, `[${many}{"a":0}]`]) {
      expect(() => parse(text)).toThrow('names');
    }
    expect(() => parse(`["a",${many}"b"]`)).not.toThrow();
  });

  it('refuses what is not UTF-8', () => {
    const bytes = Buffer.from([0x22, 0xc3, 0x28, 0x22]);
    expect(() => parseStrictJson(bytes, 64)).toThrow('not UTF-8');
  });

  it('survives any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        try {
          scanJson(Buffer.from(bytes), 64);
        } catch (error) {
          expect(error).toHaveProperty('code', 'BODY_INVALID');
        }
      }),
    );
  });
});
