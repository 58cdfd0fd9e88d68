// The thread of a worker pool: one session, one run after another.
import type { InferenceSession } from 'onnxruntime-node';
import type { PoolCalls } from './pool/pool-calls.js';
import { createSession, describeSession, fromOrtTensor, toOrtTensors } from './session.js';
import { handOver, type NamedTensors } from './tensors.js';
import { insideNativeCode } from './threads/native-phase.js';
import { serveCalls } from './threads/serve-calls.js';

serveCalls<PoolCalls>((phase) => {
  let session: InferenceSession | undefined;

  async function run(feeds: NamedTensors): Promise<NamedTensors> {
    if (session === undefined) throw new Error('the session is not loaded');
    const loaded = session;
    const inputs = toOrtTensors(feeds);
    const outputs = await insideNativeCode(phase, () => loaded.run(inputs));
    return Object.fromEntries(
      Object.entries(outputs).map(([name, output]) => [name, fromOrtTensor(output)] as const),
    );
  }

  return {
    load: async ({ model, settings }) => {
      session = await createSession(phase, model, settings);
      return { value: describeSession(session) };
    },
    run: async (feeds) => {
      const { tensors, transfer } = handOver(await run(feeds));
      return { value: tensors, transfer };
    },
  };
});
