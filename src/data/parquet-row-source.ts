// Rows out of a Parquet file, one row group in memory at a time.
import { type FileHandle, open } from 'node:fs/promises';
import {
  type AsyncBuffer,
  type Compressors,
  type FileMetaData,
  parquetMetadataAsync,
  parquetRead,
  parquetSchema,
  type SchemaTree,
} from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { PolytagError, polytagError } from '../errors/index.js';
import { toCell } from './json-record.js';
import type { TableRow } from './row-parser.js';
import type { RowSource } from './row-source.js';

/** The largest row group read, in bytes unpacked: one group is in memory as a whole. */
const largestGroup = 2 ** 30;
const mostCells = 2 ** 26;
const largestPage = 2 ** 28;
const batchRows = 500;

export class ParquetRowSource implements RowSource {
  readonly rowUnit = 'row';

  private constructor(
    readonly columns: readonly string[],
    private readonly file: string,
    private readonly handle: FileHandle,
    private readonly bytes: AsyncBuffer,
    private readonly metadata: FileMetaData,
  ) {}

  /** @throws PolytagError TABLE_DAMAGED or TABLE_EMPTY; reading may throw the first one too */
  static async open(file: string): Promise<ParquetRowSource> {
    const handle = await open(file, 'r');
    try {
      const bytes = await readByRange(handle);
      const metadata = await parquetMetadataAsync(bytes);
      checkMetadata(metadata, bytes.byteLength);
      const columns = parquetSchema(metadata).children.map((child) => child.element.name);
      checkColumns(file, columns);
      return new ParquetRowSource(columns, file, handle, bytes, metadata);
    } catch (error) {
      await handle.close();
      throw damaged(file, error);
    }
  }

  async peek(count: number): Promise<readonly TableRow[]> {
    const rows: TableRow[] = [];
    if (this.metadata.row_groups.length > 0) {
      const end = Math.min(count, Number(this.metadata.row_groups[0].num_rows));
      for await (const batch of this.readGroup(0, 0, end, this.columns)) {
        rows.push(...batch);
      }
    }
    return rows;
  }

  async *batches(wanted?: readonly number[]): AsyncGenerator<TableRow[], void> {
    const columns = wanted?.map((column) => this.columns[column]) ?? this.columns;
    try {
      let start = 0;
      for (const [group, { num_rows: size }] of this.metadata.row_groups.entries()) {
        yield* this.readGroup(group, start, start + Number(size), columns);
        start += Number(size);
      }
    } finally {
      await this.close();
    }
  }

  /** A Parquet file has no fields outside its columns. */
  ignoreOtherFields(): void {
    return;
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  private async *readGroup(
    group: number,
    start: number,
    end: number,
    columns: readonly string[],
  ): AsyncGenerator<TableRow[], void> {
    this.checkGroupSize(group, columns);
    const values = await this.readRows(start, end, columns);
    const places = columns.map((name) => this.columns.indexOf(name));
    for (let at = 0; at < values.length; at += batchRows) {
      yield values.slice(at, at + batchRows).map((row, index) => {
        const cells = new Array<string>(this.columns.length).fill('');
        for (const [column, place] of places.entries()) {
          cells[place] = toCell(row[column]);
        }
        return { line: start + at + index + 1, cells };
      });
    }
  }

  private async readRows(
    rowStart: number,
    rowEnd: number,
    columns: readonly string[],
  ): Promise<unknown[][]> {
    try {
      let rows: unknown[][] = [];
      await parquetRead({
        file: this.bytes,
        metadata: this.metadata,
        columns: [...columns],
        compressors: limitedCompressors,
        parsers: { stringFromBytes },
        rowStart,
        rowEnd,
        onComplete: (complete: unknown[][]) => {
          rows = complete;
        },
      });
      return rows;
    } catch (error) {
      throw damaged(this.file, error);
    }
  }

  private checkGroupSize(group: number, columns: readonly string[]): void {
    const wanted = new Set(columns);
    const { columns: chunks, num_rows: rows } = this.metadata.row_groups[group];
    const bytes = chunks
      .filter(({ meta_data: meta }) => meta !== undefined && wanted.has(meta.path_in_schema[0]))
      .reduce((sum, { meta_data: meta }) => sum + Number(meta?.total_uncompressed_size ?? 0), 0);
    if (bytes > largestGroup || Number(rows) * columns.length > mostCells) {
      const size = `${rows} rows, ${(bytes / 2 ** 30).toFixed(1)} GiB unpacked`;
      throw polytagError('TABLE_FORMAT_UNSUPPORTED', {
        file: this.file,
        reason: `row group ${group + 1} (${size}) is too large to hold in memory, as it must be; write the file with row groups of at most 100,000 rows`,
      });
    }
  }
}

function checkColumns(file: string, columns: readonly string[]): void {
  const twice = columns.find((name, index) => columns.indexOf(name) < index);
  if (twice !== undefined) {
    const reason = `two columns are named ${JSON.stringify(twice)}`;
    throw polytagError('TABLE_DAMAGED', { file, reason });
  }
  if (columns.length === 0) {
    throw polytagError('TABLE_EMPTY', { file, reason: 'it has no columns' });
  }
}

async function readByRange(handle: FileHandle): Promise<AsyncBuffer> {
  const { size } = await handle.stat();
  return {
    byteLength: size,
    slice(start: number, end = size): Promise<ArrayBuffer> {
      const bytes = readRange(handle, start, end, size);
      // hyparquet reads ahead, and may never ask for what it has ordered: a failure is told to who asks.
      bytes.catch(() => undefined);
      return bytes;
    },
  };
}

async function readRange(
  handle: FileHandle,
  start: number,
  end: number,
  size: number,
): Promise<ArrayBuffer> {
  if (!(start >= 0 && start <= end && end <= size)) {
    throw new RangeError(`bytes ${start} to ${end} are asked for, of ${size}`);
  }
  const buffer = new ArrayBuffer(end - start);
  const { bytesRead } = await handle.read(new Uint8Array(buffer), 0, end - start, start);
  if (bytesRead !== end - start) {
    throw new RangeError(`the file ends before byte ${end}`);
  }
  return buffer;
}

/**
 * Refuses metadata whose row groups do not hold each column of the schema once, within the file. hyparquet
 * trusts it, and over metadata that is wrong it leaves rejected promises behind that would end the process.
 */
function checkMetadata(metadata: FileMetaData, fileSize: number): void {
  const leaves = listLeaves(parquetSchema(metadata)).sort();
  for (const [group, { columns, num_rows: rows }] of metadata.row_groups.entries()) {
    const paths: string[] = [];
    for (const { meta_data: meta, file_path: path } of columns) {
      if (meta === undefined || path !== undefined) {
        throw new RangeError(`row group ${group + 1} keeps a column in another file`);
      }
      const start = Number(meta.dictionary_page_offset ?? meta.data_page_offset);
      const end = start + Number(meta.total_compressed_size);
      if (!(start >= 0 && end >= start && end <= fileSize)) {
        throw new RangeError(`row group ${group + 1} reaches beyond the end of the file`);
      }
      paths.push(JSON.stringify(meta.path_in_schema));
    }
    if (!(rows >= 0n) || paths.sort().join() !== leaves.join()) {
      throw new RangeError(`row group ${group + 1} does not hold the columns of the schema`);
    }
  }
}

function listLeaves(node: SchemaTree): string[] {
  return node.children.length === 0
    ? [JSON.stringify(node.path)]
    : node.children.flatMap((child) => listLeaves(child));
}

/** hyparquet's own decoder would drop a U+FEFF at the start of each text. */
function stringFromBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

/** The decompressors, refusing lengths that no writer uses but a hostile file may declare. */
const limitedCompressors: Compressors = Object.fromEntries(
  Object.entries(compressors).map(([codec, decompress]) => [
    codec,
    (input: Uint8Array, outputLength: number): Uint8Array => {
      if (outputLength > largestPage) {
        throw new RangeError(`a page declares ${outputLength} bytes`);
      }
      return decompress(input, outputLength);
    },
  ]),
);

// hyparquet throws plain errors, and a damaged file may lead it into type and range errors.
function damaged(file: string, error: unknown): Error {
  if (error instanceof PolytagError) {
    return error;
  }
  const reason = error instanceof Error ? error.message : String(error);
  return polytagError('TABLE_DAMAGED', { file, reason }, { cause: error });
}
