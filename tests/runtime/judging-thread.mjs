// Loads and runs models one after another, the way a pool's thread does, and says what became of each.
import { parentPort } from 'node:worker_threads';
import { createSession, describeSession, toOrtTensors } from '../../dist/runtime/session.js';

const phase = new Int32Array(new SharedArrayBuffer(16));
const settings = { threads: 1, memoryArena: true, memoryPatterns: false, graphOptimization: 'all' };
const feeds = { x: { type: 'float32', shape: [1, 2], data: Float32Array.of(1, 1) } };

async function judge(bytes) {
  const model = new SharedArrayBuffer(bytes.length);
  new Uint8Array(model).set(bytes);
  let session;
  try {
    session = await createSession(phase, model, settings);
    describeSession(session);
  } catch (error) {
    return error instanceof Error && error.message !== '' ? 'refused' : 'nonsense';
  }
  try {
    await session.run(toOrtTensors(feeds));
    return 'ran';
  } catch (error) {
    return error instanceof Error && error.message !== '' ? 'failed' : 'nonsense';
  } finally {
    await session.release();
  }
}

parentPort.on('message', async (bytes) => {
  if (bytes === null) parentPort.close();
  else parentPort.postMessage(await judge(bytes));
});
