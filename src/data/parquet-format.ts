// Writes rows as Parquet, one row group after the other.
import type { SchemaElement } from 'hyparquet';
import { ByteWriter, type ColumnSource, ParquetWriter } from 'hyparquet-writer';
import type { OutputCell, OutputColumn, RowFormat } from './row-format.js';
import { noBytes } from './row-format.js';

const groupRows = 10_000;
/** Characters and numbers held back before they become a row group. */
const groupVolume = 8 * 2 ** 20;

/** Texts are strings, integers INT32, other numbers FLOAT, vectors lists of FLOAT; all may be null. */
export class ParquetFormat implements RowFormat {
  private readonly bytes = new ByteWriter();
  private readonly writer: ParquetWriter;
  private data: unknown[][];
  private volume = 0;

  constructor(private readonly columns: readonly OutputColumn[]) {
    const schema: SchemaElement[] = [{ name: 'root', num_children: columns.length }];
    this.writer = new ParquetWriter({
      writer: this.bytes,
      schema: schema.concat(columns.flatMap(toSchema)),
      createdBy: 'polytag',
    });
    this.data = columns.map(() => []);
  }

  start(): Uint8Array {
    return noBytes;
  }

  append(row: readonly OutputCell[]): void {
    for (const [column, cell] of row.entries()) {
      this.data[column].push(this.toValue(cell, this.columns[column]));
      this.volume += typeof cell === 'string' || cell instanceof Float32Array ? cell.length + 8 : 8;
    }
  }

  get isFull(): boolean {
    return this.data[0].length >= groupRows || this.volume > groupVolume;
  }

  take(): Uint8Array {
    if (this.data[0].length > 0) {
      const columnData = this.columns.map(
        ({ name }, column): ColumnSource => ({ name, data: this.data[column] }),
      );
      // Without a flush() of its own the byte writer makes this synchronous.
      void this.writer.write({ columnData, rowGroupSize: this.data[0].length });
      this.data = this.columns.map(() => []);
      this.volume = 0;
    }
    return this.drain();
  }

  end(): Uint8Array {
    void this.writer.finish();
    return this.drain();
  }

  private drain(): Uint8Array {
    const bytes = this.bytes.getBytes().slice();
    // The byte writer counts the file's length in `offset`; `index` is only its place in the buffer.
    this.bytes.index = 0;
    return bytes;
  }

  private toValue(cell: OutputCell, { shape }: OutputColumn): unknown {
    if (!(cell instanceof Float32Array)) {
      return cell;
    }
    if (shape === undefined || shape.length < 2) {
      return Array.from(cell);
    }
    const rows: number[][] = [];
    for (let at = 0; at < cell.length; at += shape[1]) {
      rows.push(Array.from(cell.subarray(at, at + shape[1])));
    }
    return rows;
  }
}

function toSchema({ name, type, shape }: OutputColumn): SchemaElement[] {
  switch (type) {
    case 'text':
      return [{ name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' }];
    case 'integer':
      return [{ name, type: 'INT32', repetition_type: 'OPTIONAL' }];
    case 'float32':
      return [{ name, type: 'FLOAT', repetition_type: 'OPTIONAL' }];
    case 'vector':
      return toListSchema(name, shape?.length ?? 1);
  }
}

/** Lists in three levels, as the Parquet format prescribes (LogicalTypes.md, "Lists"). */
function toListSchema(name: string, depth: number): SchemaElement[] {
  const element: SchemaElement[] =
    depth > 1
      ? toListSchema('element', depth - 1)
      : [{ name: 'element', type: 'FLOAT', repetition_type: 'OPTIONAL' }];
  return [
    { name, converted_type: 'LIST', repetition_type: 'OPTIONAL', num_children: 1 },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    ...element,
  ];
}
