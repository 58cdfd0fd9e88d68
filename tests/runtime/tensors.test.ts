// Who owns a tensor's memory on its way between threads.
import { expect, test } from 'vitest';
import { tensorOf } from '../../src/graph/index.js';
import { copyTensor, handOver, shipFeeds } from '../../src/runtime/tensors.js';

test('a copy has memory of its own, of the tensor and not of the buffer around it', () => {
  const large = new Float32Array(1000).fill(1);
  const { data } = copyTensor({ type: 'float32', shape: [2], data: large.subarray(10, 12) });
  expect(data).toEqual(Float32Array.of(1, 1));
  expect(data.buffer.byteLength).toBe(8);
  large.fill(7);
  expect(data).toEqual(Float32Array.of(1, 1));
});

test('a view into a pooled Buffer and one into shared memory are copied into plain arrays', () => {
  const pooled = Buffer.from([1, 2, 3]);
  const fromPool = copyTensor({ type: 'uint8', shape: [3], data: pooled });
  expect(fromPool.data.constructor).toBe(Uint8Array);
  expect(fromPool.data).toEqual(Uint8Array.of(1, 2, 3));
  const shared = new BigInt64Array(new SharedArrayBuffer(16)).fill(5n);
  const { tensors, transfer } = handOver({ a: { type: 'int64', shape: [2], data: shared } });
  expect(tensors.a.data).toEqual(BigInt64Array.of(5n, 5n));
  expect(transfer).toEqual([tensors.a.data.buffer]);
});

test('a record of feeds is copied, the result of a function is handed over', () => {
  const x = tensorOf('float32', [1], [1]);
  expect(shipFeeds({ x }).tensors.x.data.buffer).not.toBe(x.data.buffer);
  const given = shipFeeds(() => ({ x }));
  expect(given.tensors.x).toBe(x);
  expect(given.transfer).toEqual([x.data.buffer]);
});

test('two tensors in one buffer are transferred as one', () => {
  const buffer = new ArrayBuffer(16);
  const left = { type: 'float32', shape: [2], data: new Float32Array(buffer, 0, 2) } as const;
  const right = { type: 'float32', shape: [2], data: new Float32Array(buffer, 8, 2) } as const;
  expect(handOver({ left, right }).transfer).toEqual([buffer]);
});
