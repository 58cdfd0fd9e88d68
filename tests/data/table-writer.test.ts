// What is written reads back the same, in every format; files appear whole; pipes may close.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  openTable,
  type OutputCell,
  type OutputColumn,
  RandomSource,
  TableWriter,
  type TableWriterOptions,
} from '../../src/data/index.js';
import { formatFloat32 } from '../../src/data/number-text.js';
import { failureOf } from './failures.js';
import { createFolder } from './temporary-folder.js';

const built = fileURLToPath(new URL('../../dist/data/index.js', import.meta.url));
const folder = createFolder();
const textColumns: readonly OutputColumn[] = [
  { name: 'id', type: 'text' },
  { name: 'text', type: 'text' },
];

async function write(
  name: string,
  options: TableWriterOptions,
  rows: readonly (readonly OutputCell[])[],
): Promise<string> {
  const path = join(folder, name);
  const writer = await TableWriter.create(path, options);
  for (const row of rows) {
    await writer.write(row);
  }
  await writer.commit();
  return path;
}

async function readBack(path: string): Promise<{ columns: readonly string[]; rows: string[][] }> {
  const table = await openTable(path);
  const rows: string[][] = [];
  for await (const { cells } of table.rows()) {
    rows.push([...cells]);
  }
  return { columns: table.columns, rows };
}

const nasty = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '"',
        '""',
        ',',
        ';',
        '\t',
        '\n',
        '\r',
        '\r\n',
        ' ',
        "'",
        '\\',
        '=1+1',
        '\ufeff',
        '\u2028',
        '__proto__',
        '🙂',
        'é',
      ),
      fc.string({ maxLength: 3, unit: 'grapheme' }),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(''))
  // No UTF-8 file holds these: JSON Lines and CSV alike turn them into U+FFFD. A table of zeros is refused.
  .filter((text) => !/[\ud800-\udfff]/u.test(text) && !text.includes('\0'));

describe('TableWriter', () => {
  it.each(['csv', 'tsv', 'jsonl', 'parquet', 'csv.gz', 'tsv.gz', 'jsonl.gz'])(
    'reads back what it wrote as %s',
    async (ending) => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(nasty, nasty), { minLength: 1, maxLength: 8 }),
          // hyparquet drops a byte order mark at the start of the names of columns.
          fc.uniqueArray(
            nasty.filter((name) => ending !== 'parquet' || !name.startsWith('\ufeff')),
            { minLength: 2, maxLength: 2 },
          ),
          async (rows, names) => {
            const columns = names.map((name): OutputColumn => ({ name, type: 'text' }));
            const path = await write(`round-trip.${ending}`, { columns }, rows);
            const back = await readBack(path);
            expect(back.columns).toEqual(names);
            expect(back.rows).toEqual(rows);
          },
        ),
        { numRuns: 60 },
      );
    },
  );

  it('reads back single columns with empty and blank cells', async () => {
    for (const ending of ['csv', 'tsv', 'jsonl', 'parquet']) {
      const columns: OutputColumn[] = [{ name: 'a;b', type: 'text' }];
      const path = await write(`single.${ending}`, { columns }, [[''], ['  '], ['x'], [''], ['"']]);
      expect((await readBack(path)).rows.flat()).toEqual(['', '  ', 'x', '', '"']);
    }
  });

  it('writes CSV that csv-parse reads, and leaves formulas alone', async () => {
    const rows = [
      ['1', '=HYPERLINK("x")\r'],
      ['2', 'a\nb'],
      ['3', '"'],
    ];
    const path = await write('plain.csv', { columns: textColumns }, rows);
    const text = readFileSync(path, 'utf8');
    expect(text).toBe('id,text\n1,"=HYPERLINK(""x"")\r"\n2,"a\nb"\n3,""""\n');
    expect(parse(text, { record_delimiter: '\n' })).toEqual([['id', 'text'], ...rows]);
  });

  it('writes numbers short, and nothing where there is nothing', async () => {
    const columns: OutputColumn[] = [
      { name: 'id', type: 'text' },
      { name: 'n', type: 'integer' },
      { name: 'score', type: 'float32' },
    ];
    const rows = [
      ['a', 3, Math.fround(0.1)],
      [null, null, NaN],
    ];
    expect(readFileSync(await write('n.csv', { columns }, rows), 'utf8')).toBe(
      'id,n,score\na,3,0.1\n,,NaN\n',
    );
    expect(readFileSync(await write('n.tsv', { columns }, rows), 'utf8')).toBe(
      '"id"\t"n"\t"score"\na\t3\t0.1\n\t\tNaN\n',
    );
    expect(readFileSync(await write('n.jsonl', { columns }, rows), 'utf8')).toBe(
      '{"id":"a","n":3,"score":0.1}\n{"id":null,"n":null,"score":null}\n',
    );
    expect((await readBack(await write('n.parquet', { columns }, rows))).rows).toEqual([
      ['a', '3', '0.10000000149011612'],
      ['', '', 'NaN'],
    ]);
  });

  it('writes vectors and matrices', async () => {
    const vector: OutputColumn[] = [
      ...textColumns.slice(0, 1),
      { name: 'v', type: 'vector', shape: [2] },
    ];
    const tokens: OutputColumn[] = [{ name: 'v', type: 'vector', shape: [0, 2] }];
    const one = [
      ['a', Float32Array.of(0.1, -2)],
      ['b', Float32Array.of(3, 4)],
    ];
    const ragged = [[Float32Array.of(1, 2, 3, 4)], [Float32Array.of(5, 6)], [new Float32Array(0)]];
    for (const ending of ['jsonl', 'parquet']) {
      const back = await readBack(await write(`v.${ending}`, { columns: vector }, one));
      expect(back.rows[0][0]).toBe('a');
      const numbers: unknown = JSON.parse(back.rows[0][1]);
      expect(Float32Array.from(numbers as number[])).toEqual(Float32Array.of(0.1, -2));
      const cells = (
        await readBack(await write(`t.${ending}`, { columns: tokens }, ragged))
      ).rows.flat();
      expect(cells).toEqual(['[[1,2],[3,4]]', '[[5,6]]', '[]']);
    }
  });

  it('writes .npy as NumPy does', async () => {
    const columns: OutputColumn[] = [
      { name: 'id', type: 'text' },
      { name: 'v', type: 'vector', shape: [2, 3] },
    ];
    const rows = [
      ['a', Float32Array.of(1, 2, 3, 4, 5, 6)],
      ['b', Float32Array.of(0.5, 0, 0, 0, 0, -1)],
    ];
    const bytes = readFileSync(await write('m.npy', { columns }, rows));
    // numpy.save of the same array gives this header.
    expect(bytes.subarray(0, 10).toString('hex')).toBe('934e554d505901007600');
    expect(bytes.subarray(10, 128).toString('latin1')).toBe(
      `${"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2, 3), }".padEnd(117)}\n`,
    );
    const values = new Float32Array(
      bytes.buffer.slice(bytes.byteOffset + 128, bytes.byteOffset + bytes.length),
    );
    expect([...values]).toEqual([1, 2, 3, 4, 5, 6, 0.5, 0, 0, 0, 0, -1]);
    const empty = readFileSync(
      await write('e.npy', { columns: [{ name: 'v', type: 'vector', shape: [4] }] }, []),
    );
    expect(empty.toString('latin1')).toContain("'shape': (0, 4)");
    const wrong = await TableWriter.create(join(folder, 'w.npy'), { columns });
    await expect(wrong.write(['a', Float32Array.of(1)])).rejects.toThrow('Float32Array of 6');
    await wrong.discard();
  });

  it('writes many row groups and pieces', async () => {
    const columns: OutputColumn[] = [...textColumns, { name: 'x', type: 'float32' }];
    const random = new RandomSource(1);
    const rows = Array.from({ length: 12_000 }, (_, row): OutputCell[] => [
      `r${row}`,
      `text of row ${row}, é`,
      Math.fround(random.nextFloat()),
    ]);
    for (const ending of ['csv', 'jsonl.gz', 'parquet']) {
      const back = await readBack(await write(`many.${ending}`, { columns }, rows));
      expect(back.rows).toHaveLength(12_000);
      expect(
        back.rows.every((cells, row) => cells[0] === rows[row][0] && cells[1] === rows[row][1]),
      ).toBe(true);
      expect(back.rows.every((cells, row) => Math.fround(Number(cells[2])) === rows[row][2])).toBe(
        true,
      );
    }
  });

  it('shows no file before it is complete, and keeps the old one', async () => {
    const path = join(folder, 'atomic.csv');
    writeFileSync(path, 'old');
    const writer = await TableWriter.create(path, { columns: textColumns });
    for (let row = 0; row < 50_000; row++) {
      await writer.write([String(row), 'some text']);
    }
    expect(readFileSync(path, 'utf8')).toBe('old');
    await writer.discard();
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(folder).filter((name) => name.includes('polytag-tmp'))).toEqual([]);
  });

  it.skipIf(!existsSync('/dev/full'))('says that the disk is full', async () => {
    const writer = TableWriter.create('/dev/full', { columns: textColumns, format: 'csv' });
    expect((await failureOf(() => writer)).code).toBe('DISK_FULL');
  });

  it.each<[string, string, TableWriterOptions, string]>([
    ['an unknown extension', 'x.xlsx', { columns: textColumns }, 'should end with .csv, .tsv'],
    [
      'vectors in CSV',
      'x.csv',
      { columns: [{ name: 'v', type: 'vector', shape: [2] }] },
      'vectors are written to .npy',
    ],
    ['texts in .npy', 'x.npy', { columns: textColumns }, 'holds vectors of one size'],
    [
      'ragged matrices in .npy',
      'x.npy',
      { columns: [{ name: 'v', type: 'vector', shape: [0, 2] }] },
      'vectors of one size',
    ],
    ['gzipped Parquet', 'x.parquet.gz', { columns: textColumns }, '.parquet is not written as .gz'],
    [
      '.npy of unknown length on standard output',
      '-',
      { columns: [{ name: 'v', type: 'vector', shape: [2] }], format: 'npy' },
      'begins with its number of rows',
    ],
  ])('refuses %s', async (_, name, options, message) => {
    const path = name === '-' ? '-' : join(folder, name);
    const error = await failureOf(() => TableWriter.create(path, options));
    expect([error.code, error.message]).toEqual([
      'OUTPUT_FORMAT_UNSUITABLE',
      expect.stringContaining(message),
    ]);
    expect(existsSync(path)).toBe(false);
  });

  it('refuses rows of another width', async () => {
    const writer = await TableWriter.create(join(folder, 'width.csv'), { columns: textColumns });
    await expect(writer.write(['1'])).rejects.toThrow('1 cells, the table 2 columns');
    await writer.discard();
  });

  const program = (rows: number): string => `
    import { TableWriter } from ${JSON.stringify(built)};
    const columns = [{ name: 'id', type: 'text' }, { name: 'score', type: 'float32' }];
    const writer = await TableWriter.create('-', { columns });
    let row = 0;
    for (; row < ${rows} && !writer.readerGone; row++) await writer.write(['row ' + row, 0.5]);
    await writer.commit();
    console.error(row);`;

  it('writes to standard output', () => {
    const { stdout, status } = spawnSync(
      process.execPath,
      ['--input-type=module', '-e', program(50_000)],
      {
        encoding: 'utf8',
        maxBuffer: 1 << 24,
      },
    );
    expect(status).toBe(0);
    expect(stdout.split('\n')).toHaveLength(50_002);
    expect(stdout.endsWith('row 49999,0.5\n')).toBe(true);
  });

  it('stops quietly when the reader of standard output has gone', () => {
    const command = `"${process.execPath}" --input-type=module -e "$PROGRAM" | head -n 2`;
    const { stdout, stderr, status } = spawnSync('bash', ['-o', 'pipefail', '-c', command], {
      encoding: 'utf8',
      env: { ...process.env, PROGRAM: program(5_000_000) },
    });
    expect(stdout).toBe('id,score\nrow 0,0.5\n');
    expect(status).toBe(0);
    expect(Number(stderr)).toBeLessThan(1_000_000);
  });
});

describe('formatFloat32', () => {
  it.each([
    [0.1, '0.1'],
    [1 / 3, '0.33333334'],
    [1e-7, '1e-7'],
    [16777216, '16777216'],
    [123456.7, '123456.7'],
    [-0.25, '-0.25'],
    [3.4028234663852886e38, '3.4028234663852886e+38'],
    [1.401298464324817e-45, '1e-45'],
  ])('writes the float32 nearest to %d as %s', (value, text) => {
    expect(formatFloat32(Math.fround(value))).toBe(text);
  });

  it('keeps doubles and what is no number', () => {
    expect(['0.1', 'NaN', 'Infinity'].map((text) => formatFloat32(Number(text)))).toEqual([
      '0.1',
      'NaN',
      'Infinity',
    ]);
  });

  it('reads back as the same float32, with no shorter text that does', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = formatFloat32(value);
        expect(Math.fround(Number(text))).toBe(value === 0 ? 0 : value);
        const digits = text.replace(/e.*$/, '').replace(/\D/g, '').replace(/^0+/, '').length;
        if (!Number.isInteger(value) && digits > 1) {
          const shorter = Number(value.toPrecision(digits - 1));
          expect(Math.fround(shorter)).not.toBe(value);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
