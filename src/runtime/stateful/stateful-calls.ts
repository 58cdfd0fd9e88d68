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
  /** The first call: makes the session and its state. */
  readonly load: {
    readonly request: {
      readonly model: SharedModel;
      readonly settings: SessionSettings;
      readonly pairs: readonly StatePair[];
      /** By the names of the inputs. */
      readonly state: NamedTensors;
      readonly resident: NamedTensors;
    };
    readonly reply: ModelFace;
    readonly progress: never;
  };
  /** Runs once for each feeds; told of after every `reportEvery` runs, and answered after the last. */
  readonly steps: {
    readonly request: { readonly feeds: readonly NamedTensors[]; readonly reportEvery: number };
    /** Runs done (fewer than asked for when interrupted), and the outputs of those not yet told of. */
    readonly reply: StepsDone;
    readonly progress: StepsDone;
  };
  /** Copies of the state, by the names of the inputs. */
  readonly read: {
    readonly request: null;
    readonly reply: NamedTensors;
    readonly progress: never;
  };
  /** Overwrites the state named. */
  readonly write: {
    readonly request: NamedTensors;
    readonly reply: null;
    readonly progress: never;
  };
};

/** Runs done since the call began, with the outputs of those since the last report. */
export interface StepsDone {
  readonly done: number;
  readonly outputs: readonly NamedTensors[];
}
