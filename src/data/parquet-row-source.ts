// Rows out of a Parquet file, one row group in memory at a time.
import { type FileHandle, open } from 'node:fs/promises';
import {
  type AsyncBuffer,
  type Compressors,
  type FileMetaData,
  parquetMetadataAsync,
  parquetRead,
  parquetSchema,
} from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { PolytagError, polytagError } from '../errors/index.js';
import { toCell } from './json-record.js';
import type { TableRow } from './row-parser.js';
import type { RowSource } from './row-source.js';

/** The largest row group read, in bytes unpacked: one group is in memory as a whole. */
const largestGroup = 2 ** 30;
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
    const bytes = this.metadata.row_groups[group].columns
      .filter(({ meta_data: meta }) => meta !== undefined && wanted.has(meta.path_in_schema[0]))
      .reduce((sum, { meta_data: meta }) => sum + Number(meta?.total_uncompressed_size ?? 0), 0);
    if (bytes > largestGroup) {
      throw polytagError('TABLE_FORMAT_UNSUPPORTED', {
        file: this.file,
        reason: `row group ${group + 1} takes ${(bytes / 2 ** 30).toFixed(1)} GiB unpacked, of which all has to be in memory at once; write the file with row groups of at most 100,000 rows`,
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
    async slice(start: number, end = size): Promise<ArrayBuffer> {
      if (!(start >= 0 && start <= end && end <= size)) {
        throw new RangeError(`bytes ${start} to ${end} are asked for, of ${size}`);
      }
      const buffer = new ArrayBuffer(end - start);
      const { bytesRead } = await handle.read(new Uint8Array(buffer), 0, end - start, start);
      if (bytesRead !== end - start) {
        throw new RangeError(`the file ends before byte ${end}`);
      }
      return buffer;
    },
  };
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
