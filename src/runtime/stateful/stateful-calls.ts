// What a stateful session asks of its thread.
import type { ModelFace, SessionSettings, SharedModel } from '../session.js';
import type { NamedTensors } from '../tensors.js';

/** An output of the model that is an input of its next run. */
export interface StatePair {
  readonly input: string;
  readonly output: string;
}

/** The calls that `stateful-thread.ts` answers. (A type, not an interface, to be a `Protocol`.) */
export type StatefulCalls = {
  /** The first call: makes the sessions and their state. */
  readonly load: {
    readonly request: {
      /** The main program first. */
      readonly models: readonly SharedModel[];
      readonly settings: SessionSettings;
      readonly pairs: readonly StatePair[];
      /** By the names of the inputs. */
      readonly state: NamedTensors;
      readonly resident: NamedTensors;
    };
    readonly reply: readonly ModelFace[];
  };
  /** Runs program number `program` once for each feeds, until one fails or an interruption comes. */
  readonly steps: {
    readonly request: { readonly program: number; readonly feeds: readonly NamedTensors[] };
    readonly reply: StepsDone;
  };
  /** Copies of the state, by the names of the inputs. */
  readonly read: {
    readonly request: null;
    readonly reply: NamedTensors;
  };
  /** Overwrites the state named. */
  readonly write: {
    readonly request: NamedTensors;
    readonly reply: null;
  };
};

/** What became of a group of runs. */
export interface StepsDone {
  /** The outputs of the runs done, which may be fewer than were asked for. */
  readonly outputs: readonly NamedTensors[];
  /** Why the one after them failed, if it did. */
  readonly failure: string | undefined;
}
