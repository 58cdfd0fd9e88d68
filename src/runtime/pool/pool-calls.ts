// What a worker pool asks of its threads.
import type { ModelFace, SessionSettings, SharedModel } from '../session.js';
import type { NamedTensors } from '../tensors.js';

/** The calls that `session-thread.ts` answers. (A type, not an interface, to be a `Protocol`.) */
export type PoolCalls = {
  /** The first call: makes the session. */
  readonly load: {
    readonly request: { readonly model: SharedModel; readonly settings: SessionSettings };
    readonly reply: ModelFace;
  };
  /** Runs it once, for all outputs. */
  readonly run: {
    readonly request: NamedTensors;
    readonly reply: NamedTensors;
  };
};
