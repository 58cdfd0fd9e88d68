// A teacher's word on the rows of a table: its scores, kept in the run's folder, and its decisions where there are no labels.
import { join } from 'node:path';
import { type LabelledTable, readLabelledTable } from '../../data/index.js';
import type { LabelMatrix } from '../../metrics/index.js';
import { encodeRows, type RowEncoder, segmentsOf } from '../encoded-rows.js';
import { type CachedEncoding, EncodingCache } from '../encoding-cache.js';
import type { TableReader } from '../table-split.js';
import type { TrainingRequest } from '../training-outcome.js';
import type { Teacher } from './teacher.js';

/** What scoring needs of a run. */
export type TeachingRun = Pick<TrainingRequest, 'workFolder' | 'signal' | 'onProgress'>;

/**
 * The teacher's probabilities, [texts, labels]. Every 1,024 texts they are kept in the work folder: a run that
 * resumes asks only for the rest.
 *
 * @throws what the teacher throws; the signal's reason
 */
export async function scoreByTeacher(
  { workFolder, signal, onProgress }: TeachingRun,
  teacher: Teacher,
  texts: readonly string[],
): Promise<Float32Array> {
  const { contentKey, labels } = teacher;
  const cache = await EncodingCache.open(join(workFolder, 'teacher'), contentKey, labels.length);
  try {
    const { features } = await encodeRows(asRowEncoder(teacher), texts, {
      cache,
      signal,
      onProgress: (news) => onProgress?.({ ...news, phase: 'teaching' }),
    });
    return features;
  } finally {
    await teacher.release();
  }
}

function asRowEncoder(teacher: Teacher): RowEncoder {
  async function* encode(
    texts: readonly string[],
    signal?: AbortSignal,
    onEncoded?: (texts: number) => void,
  ): AsyncGenerator<CachedEncoding, void, undefined> {
    for (const segment of segmentsOf(texts)) {
      for await (const values of teacher.score(segment, signal, onEncoded)) {
        yield { values, truncated: false };
      }
    }
  }
  return { width: teacher.labels.length, encode };
}

/** The labels of tables as a student sees them. */
export class TaughtTables {
  readonly #labelled: boolean[] = [];

  constructor(
    private readonly run: TeachingRun,
    private readonly teacher: Teacher,
  ) {}

  /** Whether the tables read have labels of their own, in the order of reading. */
  get labelled(): readonly boolean[] {
    return this.#labelled;
  }

  /**
   * Reads a table with the teacher's labels. One without any of them gets the teacher's decisions for labels.
   *
   * @throws PolytagError as `readLabelledTable`; what the teacher throws
   */
  readonly read: TableReader = async (path, options) => {
    const { labels: names } = this.teacher;
    const table = await readLabelledTable(path, {
      ...options,
      expectedLabels: names,
      mayLackLabels: true,
    });
    const isLabelled = table.labelNames.length > 0;
    this.#labelled.push(isLabelled);
    return isLabelled ? table : this.#decide(table);
  };

  async #decide(table: LabelledTable): Promise<LabelledTable> {
    const { labels: labelNames, thresholds } = this.teacher;
    const scores = await scoreByTeacher(this.run, this.teacher, table.texts);
    const labels: LabelMatrix = {
      rows: table.texts.length,
      columns: labelNames.length,
      values: Int8Array.from(scores, (score, cell) =>
        score >= thresholds[cell % thresholds.length] ? 1 : 0,
      ),
    };
    const note = `${table.file} has none of the labels: the teacher's decisions stand in for them, in what is measured too`;
    return { ...table, labelNames, labels, warnings: [...table.warnings, note] };
  }
}
