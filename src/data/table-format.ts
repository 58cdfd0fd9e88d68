// Tells the format of a table from the extension of its name and, failing that, from its first bytes.
import { polytagError } from '../errors/index.js';
import { DelimitedParser, type DelimitedDialect } from './delimited-parser.js';
import { FastTextParser, JsonLinesParser, PlainTextParser } from './line-parsers.js';
import type { RowParser, TableRow } from './row-parser.js';
import { Utf8Decoder } from './utf8-decoder.js';

/** Formats that tables are read from; `text` is one text a line. */
export type TableFormat = 'csv' | 'tsv' | 'jsonl' | 'parquet' | 'text' | 'fasttext';

const formatOfExtension = new Map<string, TableFormat>([
  ['csv', 'csv'],
  ['tsv', 'tsv'],
  ['tab', 'tsv'],
  ['jsonl', 'jsonl'],
  ['ndjson', 'jsonl'],
  ['json', 'jsonl'],
  ['parquet', 'parquet'],
  ['pq', 'parquet'],
]);

/** Formats that are not tables but are met under a table's name, by their first bytes. */
const otherFormats: readonly (readonly [start: string, reason: string])[] = [
  ['\xff\xfe', 'it is UTF-16 text; save it as UTF-8'],
  ['\xfe\xff', 'it is UTF-16 text; save it as UTF-8'],
  ['\x00\x00\xfe\xff', 'it is UTF-32 text; save it as UTF-8'],
  ['\x28\xb5\x2f\xfd', 'it is compressed with Zstandard; unpack it first (zstd -d)'],
  ['BZh', 'it is compressed with bzip2; unpack it first (bunzip2)'],
  ['\xfd7zXZ', 'it is compressed with xz; unpack it first (unxz)'],
  ['\x1f\x8b', 'it is packed with gzip twice; unpack it first (gunzip)'],
  ['PK\x03\x04', 'it is a .zip inside another file; unpack it first'],
  ['\xd0\xcf\x11\xe0', 'it is an old Excel workbook; save the sheet as CSV'],
  ['SQLite format 3', 'it is an SQLite database; export the table as CSV'],
  ['ARROW1', 'it is an Arrow file; save it as Parquet'],
];

/**
 * The format of a table called `name` that begins with `head`. What only the content can tell (Parquet)
 * goes before the name, and the name before guesses.
 *
 * @throws PolytagError TABLE_FORMAT_UNSUPPORTED
 */
export function recogniseFormat(file: string, name: string, head: Buffer): TableFormat {
  const start = head.subarray(0, 16).toString('latin1');
  if (start.startsWith('PAR1')) {
    return 'parquet';
  }
  refuseOtherFormats(file, head, start);
  const named = formatOfExtension.get(/\.([^./\\]+)$/.exec(name)?.[1]?.toLowerCase() ?? '');
  if (named === 'parquet') {
    const reason = 'it is called a Parquet file but does not begin like one';
    throw polytagError('TABLE_FORMAT_UNSUPPORTED', { file, reason });
  }
  const text = new Utf8Decoder().decode(head).text.trimStart();
  if ((named === 'jsonl' || named === undefined) && text.startsWith('[')) {
    const reason = 'it is one JSON array; write one object a line (jq -c ".[]")';
    throw polytagError('TABLE_FORMAT_UNSUPPORTED', { file, reason });
  }
  if (named !== undefined) {
    return named;
  }
  if (text.startsWith('__label__')) {
    return 'fasttext';
  }
  if (/\.txt$/i.test(name)) {
    return 'text';
  }
  if (text.startsWith('{')) {
    return 'jsonl';
  }
  const firstLine = /^[^\r\n]*/.exec(text)?.[0] ?? '';
  return firstLine.includes('\t') && !firstLine.includes(',') ? 'tsv' : 'csv';
}

function refuseOtherFormats(file: string, head: Buffer, start: string): void {
  const other = otherFormats.find(([magic]) => start.startsWith(magic));
  if (other !== undefined) {
    throw polytagError('TABLE_FORMAT_UNSUPPORTED', { file, reason: other[1] });
  }
  // A NUL here and there in a text is kept; as many as these are UTF-16 without its mark, or no text.
  const nuls = head.reduce((count, byte) => count + (byte === 0 ? 1 : 0), 0);
  if (nuls * 20 > head.length) {
    const reason =
      'it is not text (every twentieth byte or more is zero); if it is UTF-16, save it as UTF-8';
    throw polytagError('TABLE_FORMAT_UNSUPPORTED', { file, reason });
  }
}

/** The parser for text of `format`, its dialect told from the first bytes. */
export function createParser(
  file: string,
  format: Exclude<TableFormat, 'parquet'>,
  head: Buffer,
): RowParser {
  switch (format) {
    case 'csv':
      return new DelimitedParser(file, { delimiter: findDelimiter(file, head), quoting: true });
    case 'tsv':
      return new DelimitedParser(file, { delimiter: '\t', quoting: isQuotedTsv(file, head) });
    case 'jsonl':
      return new JsonLinesParser(file);
    case 'text':
      return new PlainTextParser(file);
    case 'fasttext':
      return new FastTextParser(file);
  }
}

/** Semicolons separate if the first line has no comma but a semicolon, as spreadsheets of many countries write. */
function findDelimiter(file: string, head: Buffer): ',' | ';' {
  const cells = (delimiter: ',' | ';'): number =>
    readSample(file, head, { delimiter, quoting: true })?.parser.columns?.length ?? 0;
  return cells(',') <= 1 && cells(';') > 1 ? ';' : ',';
}

/**
 * Most TSV files know no quoting: a quote is a quote. But pandas and spreadsheets quote cells that hold
 * quotes, tabs or line breaks. A file is taken as quoted if all its column names are, or if its first
 * 64 KiB read well as quoted and hold a cell that would need it.
 */
function isQuotedTsv(file: string, head: Buffer): boolean {
  const sample = readSample(file, head, { delimiter: '\t', quoting: true });
  if (sample === null) {
    return false;
  }
  return sample.parser.headerQuoted || (sample.whole && sample.parser.needsQuoting);
}

function readSample(
  file: string,
  head: Buffer,
  dialect: DelimitedDialect,
): { parser: DelimitedParser; whole: boolean } | null {
  const parser = new DelimitedParser(file, dialect);
  const rows: TableRow[] = [];
  try {
    parser.push(new Utf8Decoder().decode(head).text, rows);
    return { parser, whole: true };
  } catch {
    return parser.columns === null ? null : { parser, whole: false };
  }
}
