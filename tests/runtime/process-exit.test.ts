// How whole programs end while threads are at work: with the exit code they chose, and quietly.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { slowModel } from './models.js';

const program = fileURLToPath(new URL('./programs/use-pool.mjs', import.meta.url));
let folder = '';
let model = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polytag-'));
  model = join(folder, 'slow.onnx');
  await writeFile(model, Buffer.concat(slowModel()));
});

afterAll(() => rm(folder, { recursive: true }));

interface Ending {
  /** Exit code, or the signal that ended it. */
  readonly code: number | string;
  readonly output: string;
  readonly errors: string;
}

function end(ending: string): Promise<Ending> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [program, ending, model], (_, output, errors) => {
      resolve({ code: child.exitCode ?? child.signalCode ?? 'nothing', output, errors });
    });
  });
}

// Without the wait for native code these end with SIGABRT instead (the last one only now and then).
test.each(['exit-in-a-run', 'exit-in-a-step', 'exit-while-loading'])(
  'process.exit keeps its code: %s',
  async (ending) => {
    const endings = await Promise.all([end(ending), end(ending), end(ending)]);
    expect(endings).toEqual(endings.map(() => ({ code: 7, output: '', errors: '' })));
  },
);

test('an uncaught exception ends the program with its stack, not with an abort', async () => {
  const { code, errors } = await end('throw-in-a-run');
  expect(code).toBe(1);
  expect(errors).toContain('a bug in the program');
});

test('a program that has its results ends, though the pool was not closed', async () => {
  const expected = { code: 0, output: `done ${512 * 256}\n`, errors: '' };
  expect(await end('end-without-closing')).toEqual(expected);
});

test('and does not end before, when one of its runs was given up', async () => {
  expect(await end('end-given-up')).toEqual({ code: 0, output: 'done\n', errors: '' });
});

test('ONNX Runtime writes nothing to the terminal when a run fails', async () => {
  expect(await end('fail')).toEqual({ code: 0, output: 'MODEL_RUN_FAILED\n', errors: '' });
});
