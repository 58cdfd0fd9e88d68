// The thread of a stateful session: runs one after another, without the main thread in between.
import type { StatefulCalls, StepsDone } from './stateful/stateful-calls.js';
import { SteppedSession } from './stateful/stepped-session.js';
import { handOver, type NamedTensors } from './tensors.js';
import { isInterrupted } from './threads/native-phase.js';
import { type Answer, serveCalls } from './threads/serve-calls.js';

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
    steps: async ({ feeds, reportEvery }, report) => {
      let done = 0;
      let outputs: NamedTensors[] = [];
      const reportOutputs = (): void => {
        report(answerSteps({ done, outputs }));
        outputs = [];
      };
      try {
        for (const stepFeeds of feeds) {
          if (isInterrupted(phase)) break;
          outputs.push(await session().step(stepFeeds));
          done += 1;
          if (done % reportEvery === 0 && done < feeds.length) reportOutputs();
        }
      } catch (error) {
        // The runs before the one that failed have changed the state, and count.
        reportOutputs();
        throw error;
      }
      return answerSteps({ done, outputs });
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

function answerSteps(steps: StepsDone): Answer<StepsDone> {
  return { value: steps, transfer: steps.outputs.flatMap((outputs) => handOver(outputs).transfer) };
}
