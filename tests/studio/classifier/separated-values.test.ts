// Tables of separated values: RFC 4180 against a parser from elsewhere, layouts, and cells that spreadsheets would run.
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeText } from '../../../studio/classifier/table/file-text.js';
import {
  csvCell,
  likelySeparator,
  readSeparatedValues,
  writeCsv,
} from '../../../studio/classifier/table/separated-values.js';
import {
  fileSource,
  pastedSource,
  readSource,
} from '../../../studio/classifier/table/table-source.js';

describe('readSeparatedValues', () => {
  it.each([
    [
      'a,b\r\n1,2\r\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'a\tb\r1,x\t2',
      [
        ['a', 'b'],
        ['1,x', '2'],
      ],
      '\t',
    ],
    ['"a ""b"", c\nd",2', [['a "b", c\nd', '2']]],
    [
      '\uFEFFa,,\n\n"",\n',
      [
        ['a', '', ''],
        ['', ''],
      ],
    ],
    ['""\n', [['']]],
    ['a,b,', [['a', 'b', '']]],
    ['5" pipe,x', [['5" pipe', 'x']]],
    ['', []],
  ] as const)('%j', (text, rows, separator?: '\t') => {
    expect(readSeparatedValues(text, separator ?? ',').rows).toEqual(rows);
  });

  it('says on which line the text is wrong', () => {
    expect(readSeparatedValues('a\n"b\nc', ',').problem).toMatch(/quote that begins on line 2/);
    expect(readSeparatedValues('a\n"b" c', ',').problem).toMatch(/Line 2 has text after/);
  });

  it('reads what it wrote, and what csv-parse reads alike', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', '1', 'é') });
    const row = fc.array(cell, { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 5 }), (rows) => {
        const quoted = rows.map((cells) =>
          cells.map((value) => `"${value.replaceAll('"', '""')}"`).join(','),
        );
        const text = quoted.join('\r\n');
        expect(readSeparatedValues(text, ',').rows).toEqual(rows);
        expect(parse(text, { relaxColumnCount: true, recordDelimiter: '\r\n' })).toEqual(rows);
        const plain = rows.map((cells) => cells.map((value) => value.replace(/^\r+/, '')));
        expect(readSeparatedValues(writeCsv(plain), ',').rows).toEqual(plain);
      }),
    );
  });
});

describe('csvCell', () => {
  it.each([
    ['=1+1', "'=1+1"],
    ['+x', "'+x"],
    ['-x, "y"', '"\'-x, ""y"""'],
    ['@x', "'@x"],
    ['\tx', "'\tx"],
    [-0.5, '-0.5'],
    ['a=b', 'a=b'],
  ])('%j is %j', (value, expected) => {
    expect(csvCell(value)).toBe(expected);
  });
});

describe('sources', () => {
  it('are laid out as they look', () => {
    expect(likelySeparator('"a;b",c,d\nx;y;z;w')).toBe(',');
    expect(likelySeparator('a;b,c;d')).toBe(';');
    expect(pastedSource('one, two\nthree')).toMatchObject({ layout: 'lines', hasHeader: false });
    expect(pastedSource('id\ttext\n1\thello there')).toMatchObject({ layout: '\t', column: 1 });
    expect(fileSource('x.txt', 'a,b').layout).toBe('lines');
    expect(fileSource('x.tsv', 'a,b').layout).toBe('\t');
    expect(fileSource('x.csv', 'id,comment\n1,a long text').column).toBe(1);
  });

  it('say what is wrong with them', () => {
    const source = { layout: ',', hasHeader: true } as const;
    expect(readSource({ ...source, text: 'a,b\n' })).toBe('There are no rows in it.');
    expect(readSource({ ...source, text: 'a,b\n"' })).toMatch(/never ends/);
    expect(readSource({ ...source, text: 'x\n'.repeat(100_002) })).toMatch(/100,001 rows/);
    expect(readSource({ ...source, text: 'a,\n1,2,3' })).toEqual({
      columns: ['a', 'Column 2', 'Column 3'],
      rows: [['1', '2', '3']],
    });
  });

  it('are texts in UTF-8 or UTF-16, or none', () => {
    expect(decodeText(new Uint8Array([0xff, 0xfe, 0xe9, 0x00]))).toBe('é');
    expect(decodeText(new Uint8Array([0xfe, 0xff, 0x00, 0xe9]))).toBe('é');
    expect(decodeText(new Uint8Array([0xef, 0xbb, 0xbf, 0xc3, 0xa9]))).toBe('é');
    expect(decodeText(new Uint8Array([0xe9]))).toBeUndefined();
  });
});
