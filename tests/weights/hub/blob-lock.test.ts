import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lockBlob } from '../../../src/weights/hub/blob-lock.js';
import { RepositoryCache } from '../../../src/weights/hub/cache-layout.js';

let folder: string;
let cache: RepositoryCache;
const no = (): Promise<boolean> => Promise.resolve(false);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polytag-lock-'));
  cache = new RepositoryCache(folder, 'acme/tiny-bert', true);
  await cache.prepare();
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

it('hands the same file from one holder to the next', async () => {
  const first = await lockBlob(cache, 'abc', no, undefined);
  const waiting = lockBlob(cache, 'abc', no, undefined);
  await first?.release();
  const second = await waiting;
  expect(second).toMatchObject({ partial: `${cache.blob('abc')}.incomplete`, shared: true });
  expect(second?.partial).toBe(first?.partial);
  await second?.release();
});

it('is not needed any more when the holder finishes the blob', async () => {
  const first = await lockBlob(cache, 'abc', no, undefined);
  let looks = 0;
  const third = await lockBlob(cache, 'abc', () => Promise.resolve(++looks === 3), undefined);
  expect(third).toBeNull();
  expect(looks).toBe(3);
  await first?.release();
});

it('gives a file of its own to who waits for a holder that stands still', async () => {
  const first = await lockBlob(cache, 'abc', no, undefined);
  await writeFile(first?.partial ?? '', 'some');
  const second = await lockBlob(cache, 'abc', no, undefined, 50);
  expect(second?.shared).toBe(false);
  expect(second?.partial).toMatch(/\/abc\.[0-9a-f]{8}\.incomplete$/);
  // Giving it back leaves the holder's lock alone.
  await second?.release();
  expect((await lockBlob(cache, 'abc', no, undefined, 50))?.shared).toBe(false);
  await first?.release();
});

it('stops waiting when it is told to', async () => {
  const first = await lockBlob(cache, 'abc', no, undefined);
  const signal = AbortSignal.timeout(50);
  await expect(lockBlob(cache, 'abc', no, signal)).rejects.toMatchObject({ name: 'TimeoutError' });
  await first?.release();
});
