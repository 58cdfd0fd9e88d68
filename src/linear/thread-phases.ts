// What the worker threads of a baseline do: three phases, each with its own setup, tasks and results.
import {
  fitLogisticRegression,
  type Regression,
  type RegressionRequest,
} from './logistic-regression.js';
import { BUCKETS, NgramReader } from './ngrams.js';
import { encodeChunk, type FeatureSpace, RowEncoder, type SparseChunk } from './sparse-rows.js';

/** A setup goes to every thread once; a task goes to one of them, and its result comes back. */
export interface Phases {
  /** Adds to `documentCounts`, `[BUCKETS]`, in how many of the texts each bucket occurs. */
  readonly count: Phase<{ readonly documentCounts: Int32Array }, readonly string[], number>;
  /** Turns texts into sparse rows. */
  readonly encode: Phase<FeatureSpace, readonly string[], SparseChunk>;
  /** Fits labels; tells of each pass. */
  readonly fit: Phase<
    Omit<RegressionRequest, 'targets' | 'onPass'>,
    Pick<RegressionRequest, 'targets'>,
    Regression
  >;
}

interface Phase<Setup, Task, Result> {
  readonly setup: Setup;
  readonly task: Task;
  readonly result: Result;
}

/** The name of a phase. */
export type PhaseName = keyof Phases;

/** What a thread does with a task; `onStep` is called as it gets on. */
export type TaskRunner<Name extends PhaseName> = (
  task: Phases[Name]['task'],
  onStep: (step: number) => void,
) => Phases[Name]['result'];

/** Prepares a thread for each phase. */
export const phases: {
  readonly [Name in PhaseName]: (setup: Phases[Name]['setup']) => TaskRunner<Name>;
} = {
  count: ({ documentCounts }) => {
    const counter = new DocumentCounter(documentCounts);
    return (texts) => {
      for (const text of texts) counter.add(text);
      return texts.length;
    };
  },
  encode: (space) => {
    const encoder = new RowEncoder(space);
    return (texts) => encodeChunk(encoder, texts);
  },
  fit: (setup) => (task, onStep) => fitLogisticRegression({ ...setup, ...task, onPass: onStep }),
};

/** Counts, for each bucket, the texts that it occurs in; several threads may add to the same counts. */
class DocumentCounter {
  private readonly ngrams = new NgramReader();
  /** The last text that each bucket occurred in. */
  private readonly lastText = new Int32Array(BUCKETS);
  private text = 0;

  constructor(private readonly documentCounts: Int32Array) {}

  add(text: string): void {
    const { ngrams } = this;
    this.text++;
    ngrams.read(text);
    this.addBuckets(ngrams.words, ngrams.wordCount);
    this.addBuckets(ngrams.characters, ngrams.characterCount);
  }

  private addBuckets(buckets: Int32Array, length: number): void {
    const { documentCounts, lastText, text } = this;
    for (let at = 0; at < length; at++) {
      const bucket = buckets[at];
      if (lastText[bucket] === text) continue;
      lastText[bucket] = text;
      Atomics.add(documentCounts, bucket, 1);
    }
  }
}
