// The thread of a stateful session: runs one after another, without the main thread in between.
import type { StatefulCalls } from './stateful/stateful-calls.js';
import { SteppedSession } from './stateful/stepped-session.js';
import { handOver, type NamedTensors } from './tensors.js';
import { messageOf } from './thrown.js';
import { isInterrupted } from './threads/native-phase.js';
import { serveCalls } from './threads/serve-calls.js';

serveCalls<StatefulCalls>((phase) => {
  let loaded: SteppedSession | undefined;

  function session(): SteppedSession {
    if (loaded === undefined) throw new Error('the session is not loaded');
    return loaded;
  }

  return {
    load: async (request) => {
      loaded = await SteppedSession.load(phase, request);
      return { value: loaded.face };
    },
    steps: async (feeds) => {
      const outputs: NamedTensors[] = [];
      let failure: string | undefined;
      for (const stepFeeds of feeds) {
        if (isInterrupted(phase)) break;
        try {
          outputs.push(await session().step(stepFeeds));
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
      const { tensors, transfer } = handOver(session().state.read());
      return Promise.resolve({ value: tensors, transfer });
    },
    write: (values) => {
      session().state.write(values);
      return Promise.resolve({ value: null });
    },
  };
});
