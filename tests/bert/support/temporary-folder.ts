// A folder for the files of one test file, removed after its last test.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** Makes an empty folder under the system's temporary folder. Call at the top of a test file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'polytag-bert-'));
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}
