// The classifier service in bad company, shrunk: bench/serve-robustness.mjs does the same at full size.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const checks = [
  'slow',
  'bodies',
  'deep',
  'names',
  'types',
  'fuzz',
  'kills',
  'keys',
  'reloads',
  'restarts',
];

it(`holds against ${checks.join(', ')}`, async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    'bench/serve-robustness.mjs',
    '--scale',
    '0.001',
    '--seed',
    '6',
    '--only',
    checks.join(','),
  ]).catch((error: unknown) => {
    // Its lines say which check failed.
    if (error instanceof Error && 'stdout' in error) return { stdout: String(error.stdout) };
    throw error;
  });
  const lines = stdout.split('\n').filter((line) => /^(ok|FAIL)/.test(line));
  expect(
    lines.map((line) => line.split(':')[0]),
    stdout,
  ).toEqual(checks.map((check) => `ok   ${check}`));
}, 240_000);
