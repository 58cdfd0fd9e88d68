// A folder of its own for each test.
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'polytag-data-')));
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

/** A new, empty folder, removed after the file's tests. */
export function createFolder(): string {
  return mkdtempSync(join(root, 'test-'));
}
