// The thread of a stateful session: runs one after another, without the main thread in between.
import { toOrtTensors } from './session.js';
import { PingPongState } from './stateful/ping-pong-state.js';
import type { StatefulCalls } from './stateful/stateful-calls.js';
import { checkPairs, SteppedSession } from './stateful/stepped-session.js';
import { handOver, type NamedTensors } from './tensors.js';
import { messageOf } from './thrown.js';
import { isInterrupted } from './threads/native-phase.js';
import { serveCalls } from './threads/serve-calls.js';

interface Loaded {
  readonly state: PingPongState;
  /** The main one first. */
  readonly programs: readonly SteppedSession[];
}

serveCalls<StatefulCalls>((phase) => {
  let loaded: Loaded | undefined;

  function current(): Loaded {
    if (loaded === undefined) throw new Error('the session is not loaded');
    return loaded;
  }

  return {
    load: async ({ models, settings, pairs, state: initial, resident }) => {
      const state = new PingPongState(pairs, initial);
      const shared = { state, resident: toOrtTensors(resident) };
      const programs: SteppedSession[] = [];
      for (const model of models) {
        programs.push(await SteppedSession.load(phase, model, settings, shared));
      }
      const faces = programs.map(({ face }) => face);
      checkPairs(faces, pairs);
      loaded = { state, programs };
      return { value: faces };
    },
    steps: async ({ program, feeds }) => {
      const outputs: NamedTensors[] = [];
      let failure: string | undefined;
      for (const stepFeeds of feeds) {
        if (isInterrupted(phase)) break;
        try {
          outputs.push(await current().programs[program].step(stepFeeds));
        } catch (error) {
          // Answered, not thrown: the runs before this one have changed the state, and count.
          failure = messageOf(error);
          break;
        }
      }
      const transfer = outputs.flatMap((stepOutputs) => handOver(stepOutputs).transfer);
      return { value: { outputs, failure }, transfer };
    },
    read: () => {
      const { tensors, transfer } = handOver(current().state.read());
      return Promise.resolve({ value: tensors, transfer });
    },
    write: (values) => {
      current().state.write(values);
      return Promise.resolve({ value: null });
    },
  };
});
