// Tables open whatever their packing and format, and what cannot be read says why and where.
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openTable, RandomSource } from '../../src/data/index.js';
import { PolytagError } from '../../src/errors/index.js';
import { failureOf } from './failures.js';
import { createFolder } from './temporary-folder.js';
import { createZip } from './zip-archive.js';

const fixtures = fileURLToPath(new URL('../fixtures/data/', import.meta.url));
const built = fileURLToPath(new URL('../../dist/data/index.js', import.meta.url));
const folder = createFolder();
let files = 0;

/** Writes `content` under a name ending with `ending` and returns the path. */
function save(ending: string, content: string | Uint8Array): string {
  const path = join(folder, `${++files}${ending}`);
  writeFileSync(path, content);
  return path;
}

async function readAll(path: string): Promise<{ columns: readonly string[]; rows: unknown[] }> {
  const table = await openTable(path);
  const rows: unknown[] = [];
  for await (const { line, cells } of table.rows()) {
    rows.push([line, ...cells]);
  }
  return { columns: table.columns, rows };
}

function countOpenFiles(): number {
  return readdirSync('/proc/self/fd').length;
}

const csvText = 'id,text\n1,"Hällo\n🙂"\n2,x\n';
const asRead = {
  columns: ['id', 'text'],
  rows: [
    [2, '1', 'Hällo\n🙂'],
    [4, '2', 'x'],
  ],
};

describe('openTable', () => {
  it.each<[string, string, string | Uint8Array]>([
    ['CSV', '.csv', csvText],
    ['CSV with a byte order mark', '.csv', `\ufeff${csvText}`],
    ['CSV by content', '.data', csvText],
    ['CSV without an extension', '', csvText],
    ['CSV with semicolons', '.csv', csvText.replaceAll(',', ';')],
    ['gzipped CSV', '.csv.gz', gzipSync(csvText)],
    [
      'CSV in several gzip members',
      '.csv.gz',
      Buffer.concat([gzipSync(csvText.slice(0, 15)), gzipSync(csvText.slice(15))]),
    ],
    ['gzipped CSV under a plain name', '.csv', gzipSync(csvText)],
    ['zipped CSV', '.csv.zip', createZip([{ name: 'train.csv', content: csvText }])],
    [
      'zipped CSV beside what macOS adds',
      '.zip',
      createZip([
        { name: 'a/', content: '' },
        { name: '__MACOSX/a/._train.csv', content: 'x' },
        { name: 'a/.DS_Store', content: 'x' },
        { name: 'a/train.csv', content: csvText },
      ]),
    ],
    [
      'gzipped CSV in a zip',
      '.zip',
      createZip([{ name: 'train.csv.gz', content: gzipSync(csvText) }]),
    ],
  ])('reads %s', async (_, ending, content) => {
    expect(await readAll(save(ending, content))).toEqual(asRead);
  });

  it('reads what pandas and Python write', async () => {
    const cells = ['one "two" three', 'line\nbreak\tand tab', '"starts quoted" and goes on'];
    const expected = [
      [2, 'r1', cells[0], '1'],
      [3, 'r2', cells[1], '0'],
      [5, 'r3', cells[2], '1'],
    ];
    for (const name of ['pandas-crlf.csv', 'pandas-quoted.tsv', 'python.csv.zip']) {
      const { columns, rows } = await readAll(join(fixtures, name));
      expect(columns).toEqual(['id', 'text', 'toxic']);
      expect(rows).toEqual(expected);
    }
    expect((await readAll(join(fixtures, 'pandas-index.csv'))).columns).toEqual([
      '',
      'id',
      'text',
      'toxic',
    ]);
  });

  it.each(['zstd', 'brotli', 'lz4'])('reads Parquet by pyarrow with %s', async (codec) => {
    const { columns, rows } = await readAll(join(fixtures, `pyarrow-${codec}.parquet`));
    expect(columns).toEqual(['id', 'comment', 'labels', 'score', 'flag', 'day', 'vector']);
    expect(rows).toEqual([
      [
        1,
        '9007199254740993',
        'plain text',
        '["a","b"]',
        '0.1',
        'true',
        '2019-01-01T00:00:00.000Z',
        '[0,0.5]',
      ],
      [
        2,
        '9007199254740994',
        'Zwölf Boxkämpfer, "quoted"',
        '[]',
        '0.25',
        'false',
        '2019-01-02T00:00:00.000Z',
        '[1,0.5]',
      ],
      [3, '9007199254740995', 'two\nlines', '["b"]', '', '', '2019-01-03T00:00:00.000Z', '[2,0.5]'],
      [4, '9007199254740996', '', '', '1e-7', 'true', '2019-01-04T00:00:00.000Z', '[3,0.5]'],
      [
        5,
        '9007199254740997',
        '',
        '["c","it\'s"]',
        '3',
        'false',
        '2019-01-05T00:00:00.000Z',
        '[4,0.5]',
      ],
      [
        6,
        '9007199254740998',
        '🙂 emoji',
        '["a"]',
        'NaN',
        'true',
        '2019-01-06T00:00:00.000Z',
        '[5,0.5]',
      ],
      [
        7,
        '9007199254740999',
        'tab\there',
        '["b","c"]',
        '-2.5',
        'false',
        '2019-01-07T00:00:00.000Z',
        '[6,0.5]',
      ],
    ]);
  });

  it('reads chosen columns of Parquet, and knows it under another name', async () => {
    const path = join(folder, 'table.bin');
    copyFileSync(join(fixtures, 'pyarrow-zstd.parquet'), path);
    const table = await openTable(path);
    expect(table.format).toBe('parquet');
    expect((await table.peek(2)).map(({ cells }) => cells[1])).toEqual([
      'plain text',
      'Zwölf Boxkämpfer, "quoted"',
    ]);
    const lines: unknown[] = [];
    for await (const { line, cells } of table.rows({ columns: ['flag', 'id'] })) {
      lines.push([table.place(line), cells[0].slice(-1), cells[1], cells[4]]);
    }
    expect(lines[6]).toEqual(['row 7', '9', '', 'false']);
  });

  it('reads TSV with lone quotes, JSON Lines, fastText lines and plain lines', async () => {
    expect((await readAll(save('.tsv', 'text\tn\n"Hi" he said\t1\n"x\t2\n'))).rows).toEqual([
      [2, '"Hi" he said', '1'],
      [3, '"x', '2'],
    ]);
    expect((await readAll(save('', 'text\tn\na, b\t1\n'))).rows).toEqual([[2, 'a, b', '1']]);
    expect(await readAll(save('', '{"t":"x"}\n\n{"n":1,"t":"y"}\n'))).toEqual({
      columns: ['t', 'n'],
      rows: [
        [1, 'x', ''],
        [3, 'y', '1'],
      ],
    });
    expect(
      await readAll(save('.txt', '__label__a __label__b-c  Some text\n\n__label__x\n')),
    ).toEqual({
      columns: ['labels', 'text'],
      rows: [
        [1, '["a","b-c"]', 'Some text'],
        [3, '["x"]', ''],
      ],
    });
    expect(await readAll(save('.txt', 'one\n\ntwo, three\r\n'))).toEqual({
      columns: ['text'],
      rows: [
        [1, 'one'],
        [2, ''],
        [3, 'two, three'],
      ],
    });
  });

  it.each<[string, string, string | Uint8Array, string, string]>([
    ['an empty file', '.csv', '', 'TABLE_EMPTY', 'the file is empty'],
    ['an empty gzip', '.csv.gz', gzipSync(''), 'TABLE_EMPTY', 'nothing in it'],
    ['empty lines', '.csv', '\n\n\r\n', 'TABLE_EMPTY', 'nothing but empty lines'],
    [
      'UTF-16 with a mark',
      '.csv',
      Buffer.from('\ufeffid,text\n', 'utf16le'),
      'TABLE_FORMAT_UNSUPPORTED',
      'UTF-16',
    ],
    [
      'UTF-16 without',
      '.csv',
      Buffer.from('id,text\n', 'utf16le'),
      'TABLE_FORMAT_UNSUPPORTED',
      'UTF-16',
    ],
    [
      'Zstandard',
      '.csv.zst',
      Buffer.from('28b52ffd00000000', 'hex'),
      'TABLE_FORMAT_UNSUPPORTED',
      'Zstandard',
    ],
    ['a JSON array', '.json', ' [{"a":1}]', 'TABLE_FORMAT_UNSUPPORTED', 'one JSON array'],
    [
      'a Parquet name only',
      '.parquet',
      'id,text\n',
      'TABLE_FORMAT_UNSUPPORTED',
      'does not begin like one',
    ],
    [
      'half a gzip',
      '.csv.gz',
      gzipSync('a,b\n'.repeat(1000)).subarray(0, 40),
      'TABLE_DAMAGED',
      'ends too early',
    ],
    [
      'zipped Parquet',
      '.zip',
      createZip([{ name: 'x.parquet', content: 'PAR1xxxxPAR1' }]),
      'TABLE_FORMAT_UNSUPPORTED',
      'file of its own',
    ],
    [
      'a workbook',
      '.xlsx',
      createZip([
        { name: '[Content_Types].xml', content: '' },
        { name: 'xl/a', content: '' },
      ]),
      'ZIP_UNSUITABLE',
      'Excel',
    ],
    [
      'two tables',
      '.zip',
      createZip([
        { name: 'train.csv', content: 'a' },
        { name: 'test.csv', content: 'b' },
      ]),
      'ZIP_UNSUITABLE',
      '2 files (train.csv, test.csv)',
    ],
    ['no table', '.zip', createZip([]), 'ZIP_UNSUITABLE', 'no file'],
    [
      'an encrypted zip',
      '.zip',
      createZip([{ name: 'a.csv', content: 'a', flags: 1 }]),
      'ZIP_UNSUITABLE',
      'encrypted',
    ],
    [
      'a zip in a gzip',
      '.gz',
      gzipSync(createZip([{ name: 'a.csv', content: 'a' }])),
      'TABLE_FORMAT_UNSUPPORTED',
      'inside another',
    ],
    [
      'half a zip',
      '.zip',
      createZip([{ name: 'a.csv', content: csvText }]).subarray(0, 50),
      'TABLE_DAMAGED',
      'damaged',
    ],
    [
      'invalid UTF-8',
      '.csv',
      Buffer.concat([
        Buffer.from('a,b\n"1\n",2\nx'),
        Buffer.from([0xc3, 0x28]),
        Buffer.from(',3\n'),
      ]),
      'TABLE_ROW_INVALID',
      'line 4: the text is not UTF-8',
    ],
    [
      'a character cut off at the end',
      '.csv',
      Buffer.from('a,b\n1,2\n3,é').subarray(0, -1),
      'TABLE_ROW_INVALID',
      'line 3: the text is not UTF-8',
    ],
    ['Latin-1', '.csv', Buffer.from('a,b\n1,caf\xe9\n', 'latin1'), 'TABLE_ROW_INVALID', 'line 2'],
    [
      'invalid JSON',
      '.jsonl',
      '{"a":1}\n{"a":\n',
      'TABLE_ROW_INVALID',
      'line 2: this is not valid JSON',
    ],
    [
      'JSON that is no object',
      '.jsonl',
      '{"a":1}\n\n[1]\n',
      'TABLE_ROW_INVALID',
      'line 3: expected a JSON object',
    ],
    [
      'very deep JSON',
      '.jsonl',
      `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`,
      'TABLE_ROW_INVALID',
      'line 1: the JSON is nested too deeply',
    ],
  ])('refuses %s', async (_, ending, content, code, message) => {
    const path = save(ending, content);
    const before = countOpenFiles();
    const error = await failureOf(() => readAll(path));
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(message)]);
    expect(error.message).toContain(path);
    await expect.poll(countOpenFiles).toBe(before);
  });

  it('finds what was changed in a zip by its checksum', async () => {
    const zip = createZip([{ name: 'a.csv', content: csvText }]);
    const other = createZip([{ name: 'a.csv', content: csvText.replace('Hällo', 'Hullo!') }]);
    // The directory, with its checksum, of one archive behind the packed bytes of the other.
    expect(other.length).toBe(zip.length);
    const directory = zip.indexOf('PK\x01\x02');
    const mixed = Buffer.concat([other.subarray(0, directory), zip.subarray(directory)]);
    const error = await failureOf(() => readAll(save('.zip', mixed)));
    expect(error.message).toContain('checksum of a.csv in it is wrong');
  });

  it('says what is wrong with paths', async () => {
    expect((await failureOf(() => openTable(join(folder, 'none.csv')))).code).toBe('FILE_MISSING');
    expect((await failureOf(() => openTable(join(save('.csv', 'a'), 'b')))).code).toBe(
      'FILE_MISSING',
    );
    mkdirSync(join(folder, 'sub'));
    const error = await failureOf(() => openTable(join(folder, 'sub')));
    expect([error.code, error.message]).toEqual([
      'FILE_UNREADABLE',
      expect.stringContaining('it is a folder, not a file'),
    ]);
  });

  it.skipIf(process.getuid?.() === 0)('says that a file may not be read', async () => {
    const path = save('.csv', 'a,b\n');
    chmodSync(path, 0o000);
    expect((await failureOf(() => openTable(path))).code).toBe('FILE_UNREADABLE');
  });

  it('closes files that are not read to the end', async () => {
    const paths = [
      save('.csv', `${csvText}${'3,y\n'.repeat(200_000)}`),
      save('.csv.gz', gzipSync(`${csvText}${'3,y\n'.repeat(200_000)}`)),
      save('.zip', createZip([{ name: 'a.csv', content: csvText.repeat(2).replace('id', 'no') }])),
      save('.txt', 'one line\n'),
      join(fixtures, 'pyarrow-zstd.parquet'),
    ];
    const before = countOpenFiles();
    for (const path of paths) {
      await (await openTable(path)).close();
      const peeked = await openTable(path);
      await peeked.peek(1);
      await peeked.close();
      const started = await openTable(path);
      for await (const row of started.rows()) {
        expect(row.line).toBeGreaterThan(0);
        break;
      }
    }
    await expect.poll(countOpenFiles).toBe(before);
  });

  it('gives the peeked rows again, and all only once', async () => {
    const table = await openTable(save('.csv', csvText));
    expect((await table.peek(1)).map(({ line }) => line)).toEqual([2]);
    expect((await table.peek(10)).map(({ line }) => line)).toEqual([2, 4]);
    const lines: number[] = [];
    for await (const { line } of table.rows()) {
      lines.push(line);
    }
    expect(lines).toEqual([2, 4]);
    await expect(table.rows().next()).rejects.toThrow('a second time');
  });

  it('stops when it is told to', async () => {
    const table = await openTable(save('.csv', `${csvText}${'3,y\n'.repeat(500_000)}`));
    const controller = new AbortController();
    const reading = async (): Promise<void> => {
      for await (const row of table.rows({ signal: controller.signal })) {
        if (row.line === 1000) {
          controller.abort();
        }
      }
    };
    await expect(reading()).rejects.toThrow('aborted');
  });

  it('reads standard input, also gzipped, and refuses what cannot come through a pipe', () => {
    const program = `
      import { openTable } from ${JSON.stringify(built)};
      try {
        const rows = [];
        for await (const { line, cells } of (await openTable('-')).rows()) rows.push([line, ...cells]);
        console.log(JSON.stringify(rows));
      } catch (error) { console.log(error.code, error.message); }`;
    const pipe = (input: string | Buffer): string =>
      spawnSync(process.execPath, ['--input-type=module', '-e', program], {
        input,
        encoding: 'utf8',
      }).stdout;
    expect(JSON.parse(pipe(csvText))).toEqual(asRead.rows);
    expect(JSON.parse(pipe(gzipSync(csvText)))).toEqual(asRead.rows);
    expect(pipe(createZip([{ name: 'a.csv', content: 'a' }]))).toContain('ZIP_UNSUITABLE');
    expect(pipe('PAR1xxxxPAR1')).toContain('cannot read standard input as a table: it is Parquet');
    expect(pipe('')).toContain('TABLE_EMPTY');
  });

  it('keeps a field of JSON that comes late an error, unless told to pass it over', async () => {
    const path = save('.jsonl', `${'{"t":"x"}\n'.repeat(1200)}{"t":"y","u":"z"}\n`);
    const error = await failureOf(() => readAll(path));
    expect(error.message).toContain('line 1201: the field "u" appears in none of the first 1000');
    const table = await openTable(path);
    table.ignoreOtherFields();
    let rows = 0;
    for await (const row of table.rows()) {
      rows += row.cells.length;
    }
    expect(rows).toBe(1201);
  });

  it('keeps long integers, odd names and lone surrogates of JSON in shape', async () => {
    const path = save(
      '.jsonl',
      '{"id":12345678901234567890,"__proto__":"p","n":[12345678901234567,0.12345678901234567],"t":"\\ud800x","b":true,"z":null,"o":{"k":1e3},"s":"a 12345678901234567 \\" 12345678901234567"}\n',
    );
    expect(await readAll(path)).toEqual({
      columns: ['id', '__proto__', 'n', 't', 'b', 'z', 'o', 's'],
      rows: [
        [
          1,
          '12345678901234567890',
          'p',
          '["12345678901234567",0.12345678901234566]',
          '\ufffdx',
          'true',
          '',
          '{"k":1000}',
          'a 12345678901234567 " 12345678901234567',
        ],
      ],
    });
  });

  it('throws nothing but PolytagErrors over mutated tables of every kind', async () => {
    const random = new RandomSource(20);
    const originals: [string, Buffer][] = [
      ['.csv', Buffer.from(csvText.repeat(3).replace(/\n1,[^]*?\n1,/, '\n1,'))],
      ['.csv.gz', gzipSync(csvText)],
      ['.zip', createZip([{ name: 'a.csv', content: csvText }])],
      ['.jsonl', Buffer.from('{"t":"é","l":["a"]}\n{"t":1}\n')],
      [
        '.parquet',
        await import('node:fs/promises').then((fs) =>
          fs.readFile(join(fixtures, 'pyarrow-zstd.parquet')),
        ),
      ],
    ];
    const before = countOpenFiles();
    let refused = 0;
    for (let mutant = 0; mutant < 500; mutant++) {
      const [ending, original] = originals[mutant % originals.length];
      const bytes = Buffer.from(original);
      for (let flips = 1 + random.nextInteger(4); flips > 0; flips--) {
        bytes[random.nextInteger(bytes.length)] = random.nextInteger(256);
      }
      const path = join(folder, `mutant${ending}`);
      writeFileSync(
        path,
        random.nextInteger(8) > 0 ? bytes : bytes.subarray(0, random.nextInteger(bytes.length)),
      );
      try {
        await readAll(path);
      } catch (error) {
        if (!(error instanceof PolytagError)) {
          throw new Error(`mutant ${mutant}: ${bytes.toString('base64')}`, { cause: error });
        }
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(150);
    await expect.poll(countOpenFiles).toBe(before);
  });

  it('gives the same rows however the bytes arrive', async () => {
    // Several gzip members of a few bytes make the reader get chunks of a few bytes.
    const cells = fc.array(
      fc.tuple(
        fc.constantFrom('a', 'é', '🙂', '"q"', 'x,y', 'l\n2', ''),
        fc.constantFrom('1', '"', '日本'),
      ),
      { minLength: 1, maxLength: 5 },
    );
    await fc.assert(
      fc.asyncProperty(cells, fc.integer({ min: 1, max: 7 }), async (rows, size) => {
        const text = `t,n\n${rows.map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',')).join('\r\n')}`;
        const bytes = Buffer.from(text);
        const members: Buffer[] = [];
        for (let at = 0; at < bytes.length; at += size) {
          members.push(gzipSync(bytes.subarray(at, at + size)));
        }
        const whole = await readAll(save('.csv', bytes));
        expect(await readAll(save('.csv.gz', Buffer.concat(members)))).toEqual(whole);
        expect(whole.rows.map((row) => (row as unknown[]).slice(1))).toEqual(rows);
      }),
      { numRuns: 60 },
    );
  });
});
