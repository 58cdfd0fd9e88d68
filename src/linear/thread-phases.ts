// What the worker threads of a baseline do: three phases, each with its own setup, tasks and results.
import type { Regression, RegressionRequest } from './logistic-regression.js';
import type { FeatureSpace, SparseChunk } from './sparse-rows.js';

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

/** Prepares a thread for each phase. It loads what its phase needs only: a thread starts in a fifth of the time. */
export const phases: {
  readonly [Name in PhaseName]: (setup: Phases[Name]['setup']) => Promise<TaskRunner<Name>>;
} = {
  count: async ({ documentCounts }) => {
    const { DocumentCounter } = await import('./document-counter.js');
    const counter = new DocumentCounter(documentCounts);
    return (texts) => {
      for (const text of texts) counter.add(text);
      return texts.length;
    };
  },
  encode: async (space) => {
    const { encodeChunk, RowEncoder } = await import('./sparse-rows.js');
    const encoder = new RowEncoder(space);
    return (texts) => encodeChunk(encoder, texts);
  },
  fit: async (setup) => {
    const { fitLogisticRegression } = await import('./logistic-regression.js');
    return (task, onStep) => fitLogisticRegression({ ...setup, ...task, onPass: onStep });
  },
};
