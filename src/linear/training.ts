// Fits a linear baseline: counts n-grams, encodes rows, and fits labels, all on worker threads.
import type { LabelMatrix } from '../metrics/index.js';
import { probeMachine } from '../runtime/index.js';
import { LinearBaseline } from './baseline.js';
import { LANES, type Regression } from './logistic-regression.js';
import { BUCKETS } from './ngrams.js';
import { CHUNK_ROWS, type SparseChunk } from './sparse-rows.js';
import { type PhaseTasks, runOnThreads, type ThreadOptions } from './threads.js';
import type { PhaseName } from './thread-phases.js';
import { fillFeatureTable, inverseDocumentFrequencies, selectFeatures } from './vocabulary.js';
import { blocksOf, drawRows, limitsFor } from './workload.js';

/** How far fitting a baseline is. */
export interface LinearProgress {
  /** Reading n-grams goes over the texts twice; fitting counts labels. */
  readonly phase: 'reading' | 'fitting';
  readonly done: number;
  readonly total: number;
  /** While fitting: the pass over the rows that is done, such as `pass 4`. */
  readonly note?: string | undefined;
}

/** What to fit a baseline on. */
export interface LinearTraining {
  readonly texts: readonly string[];
  /** `[texts, labels]`; a row counts for those of its labels that are known. */
  readonly labels: LabelMatrix;
  /** Rows to learn from; default all. Nothing else is looked at, not even for counting words. */
  readonly rows?: Int32Array | undefined;
  /** Decides the order in which rows are visited; a safe integer. */
  readonly seed: number;
  /** Threads, 1 to 8; default the cores that may be used. Changes nothing in the result. */
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: LinearProgress) => void) | undefined;
}

/** C of the regression; see docs/linear-baseline.md for how it was chosen. */
const COST = 2;
/** Relative duality gap; from 1e-4 on, ROC-AUC stays the same to four digits. */
const TOLERANCE = 1e-5;
const MAXIMAL_PASSES = 100;
const MAXIMAL_THREADS = 8;

/**
 * Fits one logistic regression for each label on TF-IDF values of word 1-2-grams and character 2-5-grams.
 *
 * The same texts, labels and seed give the same baseline to the last bit, whatever the number of threads.
 * A label of which only one class is known gets a constant: the log-odds (positives + 1/2) / (negatives + 1/2).
 * Texts of which there are too many to hold in 800 MB (about 300,000 comments) are drawn from at random.
 *
 * @throws the reason of `signal`
 */
export async function trainLinearBaseline(training: LinearTraining): Promise<LinearBaseline> {
  checkSizes(training);
  return await new BaselineFit(training).run();
}

function checkSizes({ texts, labels, rows }: LinearTraining): void {
  const cells = labels.rows * labels.columns;
  if (labels.rows !== texts.length || labels.values.length !== cells) {
    throw new RangeError(
      `${texts.length} texts, ${labels.rows} x ${labels.columns} labels, ${labels.values.length} cells`,
    );
  }
  if (rows?.some((row) => row < 0 || row >= texts.length)) {
    throw new RangeError(`a row is beyond the ${texts.length} texts`);
  }
}

/** One fit, from texts to the baseline. */
class BaselineFit {
  private readonly rows: Int32Array;
  private readonly threads: number;
  /** `[BUCKETS]`: first the document count of each bucket, then its feature. */
  private readonly table = new Int32Array(new SharedArrayBuffer(4 * BUCKETS));

  constructor(private readonly training: LinearTraining) {
    const { texts, rows, threads = probeMachine().defaultWorkers } = training;
    this.rows = rows ?? Int32Array.from(texts.keys());
    this.threads = Math.max(1, Math.min(MAXIMAL_THREADS, threads));
  }

  async run(): Promise<LinearBaseline> {
    const { columns } = this.training.labels;
    await this.countDocuments();
    const vocabulary = selectFeatures(this.table, this.rows.length, limitsFor(columns));
    const rows = drawRows(this.rows, vocabulary, this.training.seed);
    const frequencies = shared(inverseDocumentFrequencies(vocabulary));
    fillFeatureTable(vocabulary, this.table);
    const chunks = await this.encode(rows, frequencies);
    const weights = new Float32Array(frequencies.length * columns);
    const intercepts = this.priors();
    await this.fit({ rows, chunks, frequencies, weights, intercepts });
    return new LinearBaseline({ vocabulary, weights, intercepts });
  }

  private async countDocuments(): Promise<void> {
    let done = 0;
    await this.runTasks(
      {
        phase: 'count',
        setup: { documentCounts: this.table },
        tasks: Math.ceil(this.rows.length / CHUNK_ROWS),
        makeTask: (chunk) => this.textsOf(this.rows, chunk),
      },
      {
        onResult: (texts) => {
          done += texts;
          this.report('reading', done, 2 * this.rows.length);
        },
      },
    );
  }

  private async encode(rows: Int32Array, frequencies: Float64Array): Promise<SparseChunk[]> {
    const chunks: SparseChunk[] = [];
    let done = 0;
    await this.runTasks(
      {
        phase: 'encode',
        setup: { table: this.table, inverseDocumentFrequencies: frequencies },
        tasks: Math.ceil(rows.length / CHUNK_ROWS),
        makeTask: (chunk) => this.textsOf(rows, chunk),
      },
      {
        onResult: (chunk, index) => {
          chunks[index] = chunk;
          done += chunk.scales.length / 2;
          // Of the rows drawn, told as a share of all, so that what is shown goes on from the count.
          const read = Math.round((done / rows.length) * this.rows.length);
          this.report('reading', this.rows.length + read, 2 * this.rows.length);
        },
      },
    );
    return chunks;
  }

  /** Fits the labels that have both classes into `weights` and `intercepts`. */
  private async fit(into: FitState): Promise<void> {
    const { rows, chunks, frequencies } = into;
    const labels = this.labelsOfTwoClasses(rows);
    const blocks = blocksOf(labels, this.threads);
    let done = 0;
    await this.runTasks(
      {
        phase: 'fit',
        setup: {
          rows: { rows: rows.length, chunks },
          inverseDocumentFrequencies: frequencies,
          cost: COST,
          tolerance: TOLERANCE,
          maximalPasses: MAXIMAL_PASSES,
          seed: this.training.seed,
        },
        tasks: blocks.length,
        makeTask: (block) => ({ targets: this.targetsOf(rows, blocks[block]) }),
      },
      {
        onStep: (pass) => {
          this.report('fitting', done, labels.length, `pass ${pass}`);
        },
        onResult: (regression, block) => {
          store(regression, blocks[block], into);
          done += blocks[block].length;
          this.report('fitting', done, labels.length, `pass ${regression.passes}`);
        },
      },
    );
  }

  private async runTasks<Name extends PhaseName>(
    work: PhaseTasks<Name>,
    listeners: Pick<ThreadOptions<Name>, 'onResult' | 'onStep'>,
  ): Promise<void> {
    const { signal } = this.training;
    await runOnThreads(work, { threads: this.threads, signal, ...listeners });
  }

  private report(phase: LinearProgress['phase'], done: number, total: number, note?: string): void {
    this.training.onProgress?.({ phase, done, total, note });
  }

  private textsOf(rows: Int32Array, chunk: number): string[] {
    const { texts } = this.training;
    const chosen = rows.subarray(chunk * CHUNK_ROWS, (chunk + 1) * CHUNK_ROWS);
    return Array.from(chosen, (row) => texts[row]);
  }

  private cell(row: number, label: number): number {
    const { values, columns } = this.training.labels;
    return values[row * columns + label];
  }

  private labelsOfTwoClasses(rows: Int32Array): number[] {
    const labels = Array.from({ length: this.training.labels.columns }, (_, label) => label);
    return labels.filter((label) =>
      [0, 1].every((value) => rows.some((row) => this.cell(row, label) === value)),
    );
  }

  /** `[rows, LANES]`, as a regression wants them. */
  private targetsOf(rows: Int32Array, labels: readonly number[]): Int8Array {
    const targets = new Int8Array(rows.length * LANES);
    rows.forEach((row, at) => {
      labels.forEach((label, lane) => {
        const value = this.cell(row, label);
        targets[at * LANES + lane] = value === 1 ? 1 : value === 0 ? -1 : 0;
      });
    });
    return targets;
  }

  /** Log-odds of each label without looking at texts. */
  private priors(): Float32Array {
    return Float32Array.from({ length: this.training.labels.columns }, (_, label) => {
      let positives = 0;
      let negatives = 0;
      for (const row of this.rows) {
        const value = this.cell(row, label);
        if (value === 1) positives++;
        else if (value === 0) negatives++;
      }
      return Math.log((positives + 0.5) / (negatives + 0.5));
    });
  }
}

/** What labels are fitted on, and where they go. */
interface FitState {
  readonly rows: Int32Array;
  readonly chunks: readonly SparseChunk[];
  readonly frequencies: Float64Array;
  /** `[features, labels]`. */
  readonly weights: Float32Array;
  readonly intercepts: Float32Array;
}

function store(
  { coefficients, intercepts }: Regression,
  labels: readonly number[],
  into: FitState,
): void {
  const { weights } = into;
  const columns = into.intercepts.length;
  labels.forEach((label, lane) => {
    into.intercepts[label] = intercepts[lane];
    for (let from = lane, to = label; from < coefficients.length; from += LANES, to += columns) {
      weights[to] = coefficients[from];
    }
  });
}

function shared(values: Float64Array): Float64Array {
  const copy = new Float64Array(new SharedArrayBuffer(values.byteLength));
  copy.set(values);
  return copy;
}
