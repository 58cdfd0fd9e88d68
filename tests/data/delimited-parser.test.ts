// CSV and TSV are read as others read them, each row knows its line, and cutting the text changes nothing.
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DelimitedDialect, DelimitedParser } from '../../src/data/delimited-parser.js';
import type { TableRow } from '../../src/data/row-parser.js';
import { PolytagError } from '../../src/errors/index.js';

const csv: DelimitedDialect = { delimiter: ',', quoting: true };
const plainTsv: DelimitedDialect = { delimiter: '\t', quoting: false };

interface Outcome {
  readonly columns: readonly string[] | null;
  readonly rows: readonly TableRow[];
}

function read(pieces: readonly string[], dialect = csv, rowLimit?: number): Outcome {
  const parser = new DelimitedParser('t.csv', dialect, rowLimit);
  const rows: TableRow[] = [];
  for (const piece of pieces) {
    parser.push(piece, rows);
  }
  parser.finish(rows);
  return { columns: parser.columns, rows };
}

/** The rows, or the message of the error: any error but a PolytagError is a bug and gets through. */
function tryRead(pieces: readonly string[], dialect = csv): Outcome | string {
  try {
    return read(pieces, dialect);
  } catch (error) {
    if (error instanceof PolytagError) {
      return error.message;
    }
    throw error;
  }
}

function cut(text: string, sizes: readonly number[]): string[] {
  const pieces: string[] = [];
  for (let at = 0, turn = 0; at < text.length; turn++) {
    const size = sizes[turn % sizes.length];
    pieces.push(text.slice(at, at + size));
    at += size;
  }
  return pieces;
}

const garbage = fc
  .array(
    fc.constantFrom('a', 'bc', '"', '"', '""', ',', ',', '\n', '\r\n', '\r', 'é', '🙂', '"x"'),
    {
      maxLength: 24,
    },
  )
  .map((parts) => parts.join(''));

describe('DelimitedParser', () => {
  it.each<[string, string, unknown]>([
    [
      'ends lines with \\n',
      'a,b\n1,2\n3,4\n',
      [
        [2, '1', '2'],
        [3, '3', '4'],
      ],
    ],
    [
      'ends lines with \\r\\n',
      'a,b\r\n1,2\r\n3,4',
      [
        [2, '1', '2'],
        [3, '3', '4'],
      ],
    ],
    [
      'ends lines with \\r',
      'a,b\r1,2\r3,4\r',
      [
        [2, '1', '2'],
        [3, '3', '4'],
      ],
    ],
    [
      'skips empty lines and counts them',
      '\n\na,b\n\n1,2\n  \n3,4\n\n',
      [
        [5, '1', '2'],
        [7, '3', '4'],
      ],
    ],
    [
      'reads quoted breaks',
      'a,b\n"1\n2\r\n3",4\n5,6\n',
      [
        [2, '1\n2\r\n3', '4'],
        [5, '5', '6'],
      ],
    ],
    ['reads doubled quotes', 'a,b\n"""x"", y",""\n', [[2, '"x", y', '']]],
    ['takes a quote inside a cell as it is', 'a,b\n5" pipe,x"y"\n', [[2, '5" pipe', 'x"y"']]],
    ['keeps blanks', 'a,b\n 1 , 2\n', [[2, ' 1 ', ' 2']]],
    [
      'keeps a last empty cell',
      'a,b\n1,\n,',
      [
        [2, '1', ''],
        [3, '', ''],
      ],
    ],
    [
      'keeps a quoted empty row of one column',
      'a\n""\n\nx\n""',
      [
        [2, ''],
        [4, 'x'],
        [5, ''],
      ],
    ],
    ['keeps a row of blanks of one column', 'a\n  \n', [[2, '  ']]],
    ['has no rows', 'a,b\n', []],
  ])('%s', (_, text, expected) => {
    expect(read([text]).rows.map(({ line, cells }) => [line, ...cells])).toEqual(expected);
  });

  it.each<[string, string, string]>([
    [
      'too few cells',
      'a,b\n1,2\n\n3\n',
      't.csv, line 4: the row has 1 cell; expected 2, as the first row',
    ],
    [
      'too many cells',
      'a,b\n1,2,3\n',
      't.csv, line 2: the row has 3 cells; expected 2, as the first row',
    ],
    [
      'no closing quote',
      'a,b\n1,2\n3,"x\ny\n',
      't.csv, line 3: the quoted cell that begins here has no closing quote',
    ],
    [
      'text after a quoted cell',
      'a,b\n1,"x\ny" z\n',
      't.csv, line 2: the quoted cell that begins here ends on line 3, but " z\\n" follows',
    ],
    ['two columns of one name', '\na,a\n', 't.csv, line 2: two columns are named "a"'],
  ])('names the line of %s', (_, text, message) => {
    expect(tryRead([text])).toEqual(expect.stringContaining(message));
  });

  it('reads quotes in TSV as they are', () => {
    const text = 'text\tn\n"Hello" he said\t1\nI was "\t2\n"lone\t3\n';
    expect(read([text], plainTsv).rows.map(({ cells }) => cells)).toEqual([
      ['"Hello" he said', '1'],
      ['I was "', '2'],
      ['"lone', '3'],
    ]);
  });

  it('refuses rows over the limit, whether in one cell, many, or the names', () => {
    const limited = (pieces: string[]) => () => read(pieces, csv, 1000);
    const long = 'x'.repeat(300);
    expect(limited(['a,b\n', `"${long}`, long, long, long])).toThrow(
      'line 2: the row that begins here',
    );
    expect(limited(['a,b\n', long, long, long, long])).toThrow('over 1000 characters');
    expect(limited([`a,b\n1,2\n${long}${long},${long}${long}\n`])).toThrow('line 3');
    expect(limited([long, long, long, long])).toThrow('line 1');
    expect(limited(['a,b\n1,2\n', `${long}${long},${long}\n`, '3,4\n'])).not.toThrow();
  });

  it('stops early at a row of too many cells', () => {
    expect(() => read(['a,b\n', ','.repeat(50)])).toThrow('line 2: the row has 50 or more cells');
    expect(() => read([','.repeat(70_000)])).toThrow('at most 65536');
  });

  it('gives the same rows and errors however the text is cut', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(garbage, sizes, fc.constantFrom(csv, plainTsv), (text, cuts, dialect) => {
        const whole = tryRead([`x,y\n${text}`], dialect);
        const pieces = tryRead(cut(`x,y\n${text}`, cuts), dialect);
        if (typeof whole === 'string' && typeof pieces === 'string') {
          // What follows a wrong quote is quoted in the message as far as it has come.
          expect(pieces.split(': ')[0]).toBe(whole.split(': ')[0]);
        } else {
          expect(pieces).toEqual(whole);
        }
      }),
      { numRuns: 1500 },
    );
  });

  it('agrees with csv-parse about what is CSV and what it says', () => {
    let accepted = 0;
    fc.assert(
      fc.property(garbage, (text) => {
        const ours = tryRead([`x,y\n${text}`]);
        let theirs: unknown;
        try {
          theirs = parse(`x,y\n${text}`, {
            skip_empty_lines: true,
            record_delimiter: ['\r\n', '\n', '\r'],
          });
        } catch (error) {
          // The one difference: csv-parse refuses a quote inside a cell that does not begin with one.
          expect(typeof ours === 'string' || String(error).includes('Invalid Opening Quote')).toBe(
            true,
          );
          return;
        }
        accepted++;
        expect(ours).not.toBeTypeOf('string');
        const { columns, rows } = ours as Outcome;
        expect([columns, ...rows.map(({ cells }) => cells)]).toEqual(theirs);
      }),
      { numRuns: 4000 },
    );
    expect(accepted).toBeGreaterThan(200);
  });
});
