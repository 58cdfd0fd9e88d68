// Keys and rates: who is let in, who is told to wait, and what a changed file changes.
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Refusal } from '../../../../src/server/http/refusal.js';
import {
  ApiKeyFile,
  ApiKeys,
  presentedKey,
} from '../../../../src/server/operations/access/api-keys.js';
import { newApiKey, parseKeyLines } from '../../../../src/server/operations/access/key-lines.js';
import { TokenBucket } from '../../../../src/server/operations/access/token-bucket.js';

function refusalOf(action: () => unknown): Refusal {
  try {
    action();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polytag-keys-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

it('finds each of many keys, and nobody else', () => {
  const made = Array.from({ length: 50 }, (_, index) => newApiKey(`client${index}`));
  const keys = new ApiKeys(parseKeyLines(made.map(({ line }) => line).join('\n'), 'keys'));
  for (const [index, { key }] of made.entries())
    expect(keys.enter(key).name).toBe(`client${index}`);
  const unknown = refusalOf(() => keys.enter(`${made[0].key}x`));
  expect(unknown).toMatchObject({ code: 'UNAUTHORIZED', status: 401 });
  expect(unknown.headers['www-authenticate']).toBe('Bearer error="invalid_token"');
  expect(refusalOf(() => keys.enter(undefined)).headers['www-authenticate']).toBe('Bearer');
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (key) => {
      expect(refusalOf(() => keys.enter(key)).code).toBe('UNAUTHORIZED');
    }),
  );
});

it('reads the key where the clients of each dialect put it', () => {
  const headers = (entries: Record<string, string>): Headers => new Headers(entries);
  expect(presentedKey(headers({ authorization: 'Bearer abc' }))).toBe('abc');
  expect(presentedKey(headers({ authorization: 'bearer   abc ' }))).toBe('abc');
  expect(presentedKey(headers({ authorization: 'Basic abc' }))).toBeUndefined();
  expect(presentedKey(headers({ 'x-api-key': 'abc' }))).toBe('abc');
  expect(presentedKey(headers({ 'x-goog-api-key': 'abc' }))).toBe('abc');
  expect(presentedKey(headers({}), 'abc')).toBe('abc');
  expect(presentedKey(headers({ 'x-api-key': 'abc' }), 'def')).toBe('abc');
  expect(presentedKey(headers({}), '')).toBeUndefined();
});

it('holds each key to its rate and says when to come back', () => {
  let now = 0;
  const slow = newApiKey('slow', { rate: 0.5 });
  const free = newApiKey('free');
  const keys = new ApiKeys(parseKeyLines(`${slow.line}\n${free.line}`, 'keys'), () => now);
  const limited: string[] = [];
  const enter = (): unknown => keys.enter(slow.key, (client) => limited.push(client));
  enter();
  const refusal = refusalOf(enter);
  expect(refusal).toMatchObject({ code: 'RATE_LIMITED', status: 429 });
  expect(refusal.headers['retry-after']).toBe('2');
  expect(limited).toEqual(['slow']);
  for (let request = 0; request < 100; request++) keys.enter(free.key);
  now = 1_999;
  expect(refusalOf(enter).headers['retry-after']).toBe('1');
  now = 2_001;
  enter();
});

it('never lets through more than its store and its rate allow', () => {
  const waits = fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 200 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), waits, (rate, pauses) => {
      let now = 0;
      let taken = 0;
      const bucket = new TokenBucket(rate, rate, () => now);
      for (const pause of pauses) {
        now += pause;
        const wait = bucket.take();
        if (wait === 0) taken += 1;
        else expect(wait).toBeLessThanOrEqual(1 / rate);
        expect(taken).toBeLessThanOrEqual(rate + (now / 1000) * rate + 1e-6);
      }
    }),
  );
});

it('takes a changed file, keeps the old keys where the new file is bad, and keeps what a rate has used', async () => {
  const path = join(folder, 'keys');
  const first = newApiKey('first', { rate: 1 });
  const second = newApiKey('second');
  await writeFile(path, first.line, { mode: 0o600 });
  const file = await ApiKeyFile.open(path);
  expect(file.warnings).toEqual([]);
  file.keys.enter(first.key);
  await writeFile(path, `${first.line}\n${second.line}`);
  expect(await file.reload()).toEqual({ count: 2, warnings: [] });
  expect(file.keys.enter(second.key).name).toBe('second');
  expect(refusalOf(() => file.keys.enter(first.key)).code).toBe('RATE_LIMITED');
  await writeFile(path, 'broken');
  await expect(file.reload()).rejects.toMatchObject({ code: 'API_KEYS_INVALID' });
  expect(file.keys.enter(second.key).name).toBe('second');
  await writeFile(path, first.line);
  await file.reload();
  expect(refusalOf(() => file.keys.enter(second.key)).code).toBe('UNAUTHORIZED');
  await rm(path);
  await expect(file.reload()).rejects.toMatchObject({ code: 'FILE_MISSING' });
  await expect(ApiKeyFile.open(folder)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
});

it.skipIf(process.platform === 'win32')(
  'warns of a file that others can read or write',
  async () => {
    const path = join(folder, 'keys');
    await writeFile(path, newApiKey('a').line);
    await chmod(path, 0o644);
    expect((await ApiKeyFile.open(path)).warnings[0]).toMatch(/can read .*chmod 600/);
    await chmod(path, 0o622);
    expect((await ApiKeyFile.open(path)).warnings[0]).toMatch(/can change .*chmod 600/);
  },
);
