// Cells say which labels apply in many spellings, and nothing else passes for a label.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ListStyle, parseLabelList, parseLabelValue } from '../../src/data/label-cells.js';

describe('parseLabelValue', () => {
  it.each([
    ['1', 1],
    ['0', 0],
    ['-1', -1],
    ['', -1],
    ['1.0', 1],
    ['0.00', 0],
    ['-1.0', -1],
    ['1.', 1],
    ['True', 1],
    ['false', 0],
    [' 1 ', 1],
    ['  ', -1],
    ['-0', 0],
    ['2', undefined],
    ['0.5', undefined],
    ['1e0', undefined],
    ['yes', undefined],
    ['nan', undefined],
    ['+1', undefined],
    ['01', undefined],
  ])('reads %j as %j', (cell, value) => {
    expect(parseLabelValue(cell)).toBe(value);
  });
});

describe('parseLabelList', () => {
  it.each<[string, ListStyle, string[] | null | undefined]>([
    ['a|b', '|', ['a', 'b']],
    [' a | b || a |', '|', ['a', 'b']],
    ['', '|', []],
    ['a;b', ';', ['a', 'b']],
    ['a, b', ',', ['a', 'b']],
    ['a, b', 'single', ['a, b']],
    ['', 'single', []],
    ['["a","b, c"]', 'array', ['a', 'b, c']],
    ['[]', 'array', []],
    ['[3, 17]', 'array', ['3', '17']],
    ['[true, null]', 'array', ['true']],
    ['', 'array', null],
    ["['a', 'b']", 'array', ['a', 'b']],
    [`["it's", 'say "x"', 'it\\'s']`, 'array', ["it's", 'say "x"']],
    ["['caf\\xe9', '\\u00fc', 'a\\nb', None, nan]", 'array', ['café', 'ü', 'a\nb']],
    ["['a' 'b'\n 'c']", 'array', ['a', 'b', 'c']],
    ['[joy, anger]', 'array', ['joy', 'anger']],
    ['[__proto__]', 'array', ['__proto__']],
    ['a|b', 'array', undefined],
    ['[["a"]]', 'array', undefined],
    ['[{"a":1}]', 'array', undefined],
    ["['a'", 'array', undefined],
    ["['a', (]", 'array', undefined],
    ['x'.repeat(300), 'single', undefined],
  ])('reads %j (%s) as %j', (cell, style, names) => {
    expect(parseLabelList(cell, style)).toEqual(names);
  });

  it('reads back any names written as JSON', () => {
    const names = fc.array(fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(names, (list) => {
        const expected = [
          ...new Set(list.map((name) => name.trim()).filter((name) => name !== '')),
        ];
        expect(parseLabelList(JSON.stringify(list), 'array')).toEqual(expected);
      }),
    );
  });

  it('reads back any names written as Python does', () => {
    const names = fc.array(fc.string({ minLength: 1, maxLength: 20 }), { maxLength: 6 });
    fc.assert(
      fc.property(names, (list) => {
        const python = list.map(
          (name) => `'${name.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`,
        );
        const expected = [
          ...new Set(list.map((name) => name.trim()).filter((name) => name !== '')),
        ];
        expect(parseLabelList(`[${python.join(', ')}]`, 'array')).toEqual(expected);
      }),
    );
  });

  it('takes linear time over lists that never close', () => {
    expect(parseLabelList(`['${"a\\'".repeat(100_000)}]`, 'array')).toBeUndefined();
    expect(parseLabelList(`[${"'a',".repeat(100_000)}`, 'array')).toBeUndefined();
  });
});
