// Damaged and hostile model files: each is refused or runs, and the process lives.
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { tensorOf } from '../../src/graph/index.js';
import { PolytagError } from '../../src/errors/index.js';
import { WorkerPool } from '../../src/runtime/index.js';
import { affineModel } from './models.js';

const MUTANTS = Number(process.env.POLYTAG_FUZZ ?? 500);

/** Numbers in [0, 1) from a seed (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One to eight bytes changed, bytes cut off or put in. */
function mutate(bytes: Uint8Array, random: () => number): Uint8Array {
  const at = (length: number): number => Math.floor(random() * length);
  const copy = Uint8Array.from(bytes);
  for (let change = 0; change <= at(8); change += 1) copy[at(copy.length)] = at(256);
  const kind = at(6);
  if (kind === 0) return copy.subarray(0, at(copy.length));
  if (kind === 1) {
    const place = at(copy.length);
    return Uint8Array.from([...copy.subarray(0, place), at(256), ...copy.subarray(place)]);
  }
  return copy;
}

/** Verdicts of a thread that loads and runs model after model. */
async function judge(models: readonly Uint8Array[]): Promise<string[]> {
  const worker = new Worker(new URL('./judging-thread.mjs', import.meta.url));
  const verdicts: string[] = [];
  try {
    for (const model of models) {
      worker.postMessage(model);
      verdicts.push(
        await new Promise<string>((resolve, reject) => {
          worker.once('message', resolve);
          worker.once('exit', () => {
            reject(new Error('the thread died'));
          });
        }),
      );
      worker.removeAllListeners('exit');
    }
  } finally {
    worker.postMessage(null);
    await new Promise((resolve) => worker.once('exit', resolve));
  }
  return verdicts;
}

test(`${MUTANTS} mutated models are refused or run`, async () => {
  const random = randomNumbers(20);
  const model = Buffer.concat(affineModel());
  const mutants = Array.from({ length: MUTANTS }, () => mutate(model, random));
  const verdicts = await judge(mutants);
  expect(verdicts.filter((verdict) => !/^(refused|failed|ran)$/.test(verdict))).toEqual([]);
  // The mutations reach all three: neither trivially broken nor trivially whole.
  expect(new Set(verdicts)).toEqual(new Set(['refused', 'failed', 'ran']));
});

test('through the pool, each is a PolytagError or a result', async () => {
  const random = randomNumbers(3);
  const model = Buffer.concat(affineModel());
  for (let round = 0; round < 12; round += 1) {
    const x = tensorOf('float32', [1, 2], [1, 1]);
    try {
      const pool = await WorkerPool.open(mutate(model, random), { workers: 1 });
      try {
        await pool.run({ x });
      } finally {
        await pool.close();
      }
    } catch (error) {
      expect(error).toBeInstanceOf(PolytagError);
    }
  }
});
