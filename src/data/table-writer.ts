// Writes a table row by row, in the format that its name asks for.
import { polytagError } from '../errors/index.js';
import { NpyFormat } from './npy-format.js';
import { GzipOutput, openOutput, type Output } from './output.js';
import { ParquetFormat } from './parquet-format.js';
import type { OutputCell, OutputColumn, RowFormat } from './row-format.js';
import { DelimitedFormat, JsonLinesFormat } from './text-formats.js';

/** Formats that tables are written in. */
type OutputFormat = 'csv' | 'tsv' | 'jsonl' | 'parquet' | 'npy';

/** What to write. */
export interface TableWriterOptions {
  readonly columns: readonly OutputColumn[];
  /** Default: by the extension (.csv, .tsv, .jsonl, each also with .gz; .parquet, .npy); for `-` csv. */
  readonly format?: OutputFormat | undefined;
  /** The number of rows if it is known; needed for .npy on standard output. */
  readonly rows?: number | undefined;
}

const formatOfExtension = new Map<string, OutputFormat>([
  ['csv', 'csv'],
  ['tsv', 'tsv'],
  ['jsonl', 'jsonl'],
  ['ndjson', 'jsonl'],
  ['parquet', 'parquet'],
  ['npy', 'npy'],
]);

/**
 * Writes rows as they come, in constant memory: await each call, and a slow disk or reader slows the
 * caller. A file appears under its name, complete, only with `commit`.
 *
 * .npy holds the one vector column alone; other columns are left out of it. Vectors can be written to
 * .jsonl, .parquet and .npy.
 */
export class TableWriter {
  private constructor(
    private readonly output: Output,
    private readonly format: RowFormat,
    private readonly columns: number,
  ) {}

  /**
   * @param path a file to write or replace; `-` is standard output
   * @throws PolytagError OUTPUT_FORMAT_UNSUITABLE, DISK_FULL, WRITE_FORBIDDEN or WRITE_FAILED; `write` and
   *   `commit` may throw the last three, and have then discarded the file
   */
  static async create(path: string, options: TableWriterOptions): Promise<TableWriter> {
    const { columns } = options;
    const name = options.format ?? chooseFormat(path);
    const format = createFormat(path, name, options);
    const plain = await openOutput(path);
    const output = /\.gz$/i.test(path) ? new GzipOutput(plain) : plain;
    const writer = new TableWriter(output, format, columns.length);
    if (format.patch !== undefined && options.rows === undefined && !output.canPatch) {
      await output.discard();
      throw polytagError('OUTPUT_FORMAT_UNSUITABLE', {
        file: path,
        reason:
          'a .npy file begins with its number of rows, which is not known yet; write it to a file',
      });
    }
    await writer.send(format.start());
    return writer;
  }

  /** Whether nobody reads standard output any more (`| head`): a good moment to stop working. */
  get readerGone(): boolean {
    return this.output.readerGone;
  }

  /** Writes a row: one cell a column. */
  async write(row: readonly OutputCell[]): Promise<void> {
    if (row.length !== this.columns) {
      throw new RangeError(`the row has ${row.length} cells, the table ${this.columns} columns`);
    }
    this.format.append(row);
    if (this.format.isFull) {
      await this.send(this.format.take());
    }
  }

  /** Completes the table. */
  async commit(): Promise<void> {
    await this.send(this.format.take());
    await this.send(this.format.end());
    if (this.format.patch !== undefined && this.output.canPatch) {
      await this.guard(this.output.patch(this.format.patch(), 0));
    }
    await this.output.commit();
  }

  /** Forgets the table: no file appears, an old one stays. Never throws. */
  async discard(): Promise<void> {
    await this.output.discard();
  }

  private async send(bytes: Uint8Array): Promise<void> {
    if (bytes.length > 0) {
      await this.guard(this.output.write(bytes));
    }
  }

  private async guard(step: Promise<void>): Promise<void> {
    try {
      await step;
    } catch (error) {
      await this.output.discard();
      throw error;
    }
  }
}

function chooseFormat(path: string): OutputFormat {
  if (path === '-') {
    return 'csv';
  }
  const [, extension = '', packed] = /\.([^./\\]+?)(\.gz)?$/i.exec(path) ?? [];
  const format = formatOfExtension.get(extension.toLowerCase());
  if (format === undefined) {
    const reason = `its name should end with ${[...formatOfExtension.keys()].map((key) => `.${key}`).join(', ')}`;
    throw polytagError('OUTPUT_FORMAT_UNSUITABLE', { file: path, reason });
  }
  if (packed && (format === 'parquet' || format === 'npy')) {
    const reason = `.${format} is not written as .gz`;
    throw polytagError('OUTPUT_FORMAT_UNSUITABLE', { file: path, reason });
  }
  return format;
}

function createFormat(
  path: string,
  format: OutputFormat,
  { columns, rows }: TableWriterOptions,
): RowFormat {
  const vectors = columns.filter(({ type }) => type === 'vector');
  switch (format) {
    case 'csv':
    case 'tsv': {
      if (vectors.length > 0) {
        const reason = 'vectors are written to .npy, .jsonl or .parquet';
        throw polytagError('OUTPUT_FORMAT_UNSUITABLE', { file: path, reason });
      }
      return new DelimitedFormat(columns, format === 'csv' ? ',' : '\t');
    }
    case 'jsonl':
      return new JsonLinesFormat(columns);
    case 'parquet':
      return new ParquetFormat(columns);
    case 'npy': {
      const shape = vectors.length === 1 ? (vectors[0].shape ?? []) : [];
      if (shape.length === 0 || shape.includes(0)) {
        const reason = 'a .npy file holds vectors of one size and nothing else';
        throw polytagError('OUTPUT_FORMAT_UNSUITABLE', { file: path, reason });
      }
      return new NpyFormat(columns.indexOf(vectors[0]), shape, rows ?? null);
    }
  }
}
