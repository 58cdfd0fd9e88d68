// What a model scored on its validation rows, kept in its folder so that other thresholds can be tried without the rows.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RandomSource } from '../data/index.js';
import type { LabelMatrix, ScoreMatrix } from '../metrics/index.js';
import { readJsonFile } from '../weights/index.js';
import { fileNames, type ModelRecord } from './model-record.js';
import { RecordReader } from './record-reader.js';

/** Targets and scores of validation rows, in their order; no texts. */
export interface ValidationScores {
  /** [rows, labels]: 1, 0, or -1 where it is unknown. */
  readonly labels: LabelMatrix;
  /** [rows, labels], as the finished model scores: blended and by windows where it does so. */
  readonly scores: ScoreMatrix & { readonly values: Float32Array };
  /** Validation rows that there were: more than are kept where those kept were drawn at random. */
  readonly total: number;
}

/** Rows that are kept, and cells (rows x labels), at most: a file of 400 kB. */
const MOST_ROWS = 10_000;
const MOST_CELLS = 60_000;

/** Decides which rows are kept where there are more. */
const SEED = 1;

/** Raised where older versions could not read the file. */
const FORMAT = 1;

/**
 * Writes validation-scores.json: `format`, `labels`, `total` rows, `rows` kept, the `seed` that drew them (null: all are
 * kept), and [rows, labels] row-major in base64: `targets` in int8, `scores` in little-endian float32.
 */
export async function writeValidationScores(
  folder: string,
  labelNames: readonly string[],
  { labels, scores }: Omit<ValidationScores, 'total'>,
): Promise<void> {
  const { rows: total, columns } = scores;
  const most = Math.max(1, Math.min(MOST_ROWS, Math.floor(MOST_CELLS / columns)));
  const kept = drawRows(total, most);
  const targets = new Int8Array(kept.length * columns);
  const values = Buffer.alloc(4 * kept.length * columns);
  kept.forEach((row, at) => {
    for (let column = 0; column < columns; column++) {
      targets[at * columns + column] = labels.values[row * columns + column];
      values.writeFloatLE(scores.values[row * columns + column], 4 * (at * columns + column));
    }
  });
  const contents = {
    format: FORMAT,
    labels: labelNames,
    total,
    rows: kept.length,
    seed: kept.length < total ? SEED : null,
    targets: Buffer.from(targets.buffer).toString('base64'),
    scores: values.toString('base64'),
  };
  await writeFile(join(folder, fileNames.validationScores), `${JSON.stringify(contents)}\n`);
}

/**
 * Reads them; undefined where the model was trained before they were kept.
 *
 * @param model whose files have been checked
 * @throws PolytagError MODEL_FILE_UNREADABLE, MODEL_JSON_INVALID, MODEL_RECORD_INVALID
 */
export async function readValidationScores({
  folder,
  record,
}: {
  readonly folder: string;
  readonly record: ModelRecord;
}): Promise<ValidationScores | undefined> {
  const name = fileNames.validationScores;
  if (!record.files.some(({ path }) => path === name)) return undefined;
  const file = join(folder, name);
  const reader = new RecordReader(await readJsonFile(file), file);
  reader.count('format', FORMAT, FORMAT);
  const columns = record.labels.length;
  const rows = reader.count('rows', 0, MOST_ROWS);
  const targets = Buffer.from(reader.text('targets'), 'base64');
  const bytes = Buffer.from(reader.text('scores'), 'base64');
  if (targets.length !== rows * columns) throw reader.problem('targets', `${rows} rows in base64`);
  if (bytes.length !== 4 * rows * columns) throw reader.problem('scores', `${rows} rows in base64`);
  const values = Float32Array.from({ length: rows * columns }, (_, cell) =>
    bytes.readFloatLE(4 * cell),
  );
  return {
    labels: {
      rows,
      columns,
      values: Int8Array.from(targets, (target) => (target === 255 ? -1 : target)),
    },
    scores: { rows, columns, values },
    total: reader.count('total', rows),
  };
}

/** So many of the rows, in their order; all where there are no more. */
function drawRows(total: number, most: number): number[] {
  const rows = [...Array(total).keys()];
  if (total <= most) return rows;
  const random = new RandomSource(SEED);
  for (let at = 0; at < most; at++) {
    const other = at + Math.floor(random.nextFloat() * (total - at));
    [rows[at], rows[other]] = [rows[other], rows[at]];
  }
  return rows.slice(0, most).sort((left, right) => left - right);
}
