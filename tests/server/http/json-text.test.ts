// JSON from strangers: depth, UTF-8, and numbers larger than a double can hold.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonDepth, memberText, parseJson } from '../../../src/server/http/json-text.js';

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

describe('jsonDepth', () => {
  it('counts what the parser would nest, whatever is in the strings', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.boolean(), (value, spaced) => {
        const bytes = Buffer.from(JSON.stringify(value, null, spaced ? 1 : 0));
        expect(jsonDepth(bytes, 100)).toBe(depthOf(value));
      }),
    );
  });

  it('stops at the limit', () => {
    expect(jsonDepth(Buffer.alloc(10_000_000, '['), 64)).toBe(65);
  });

  it('survives any bytes', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => jsonDepth(bytes, 64) >= 0));
  });
});

describe('memberText', () => {
  it('finds the text of any member, the last of two', () => {
    const record = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { minKeys: 1 });
    fc.assert(
      fc.property(record, fc.boolean(), (members, spaced) => {
        const text = JSON.stringify(members, null, spaced ? 2 : 0);
        for (const [name, value] of Object.entries(members)) {
          expect(JSON.parse(memberText(text, name) ?? '')).toEqual(
            JSON.parse(JSON.stringify(value)),
          );
        }
      }),
    );
    expect(memberText('{"id": 1, "a": {"id": 2}, "id":3 }', 'id')).toBe('3');
    expect(memberText('{"a": 1}', 'id')).toBeUndefined();
  });
});

describe('parseJson', () => {
  it('says what is wrong', () => {
    expect(() => parseJson(Buffer.from([0x22, 0xff, 0x22]), 64)).toThrow('not UTF-8');
    expect(() => parseJson(Buffer.from('[[[1]]]'), 2)).toThrow('more than 2 deep');
    expect(() => parseJson(Buffer.from('{"a":'), 2)).toThrow('not JSON');
  });
});
