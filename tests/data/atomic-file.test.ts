// Files and folders appear whole or not at all, also when a write, sync or rename fails or the process dies.
import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import fileSystem, { type FileHandle, open } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { writeFileAtomically, writeFolderAtomically } from '../../src/data/index.js';
import { PolytagError } from '../../src/errors/index.js';
import { failureOf } from './failures.js';
import { createFolder } from './temporary-folder.js';

const built = fileURLToPath(new URL('../../dist/data/index.js', import.meta.url));

afterEach(() => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
});

function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

type Method = (this: FileHandle, ...values: unknown[]) => Promise<unknown>;

/** Two of a file handle's methods, typed loosely enough to be replaced. */
interface Calls {
  write: Method;
  sync: Method;
}

async function fileHandlePrototype(): Promise<Calls> {
  const handle = await open(process.execPath, 'r');
  await handle.close();
  return Object.getPrototypeOf(handle) as Calls;
}

async function* pieces(): AsyncGenerator<string | Uint8Array> {
  yield 'one, ';
  await Promise.resolve();
  yield Buffer.from('twö');
}

describe('writeFileAtomically', () => {
  it.each([
    ['text', 'one, twö'],
    ['bytes', Buffer.from('one, twö')],
    ['a list', ['one, ', Buffer.from('twö')]],
    ['a generator', pieces()],
  ])('writes %s', async (_, contents) => {
    const folder = createFolder();
    await writeFileAtomically(join(folder, 'file.txt'), contents);
    expect(readFileSync(join(folder, 'file.txt'), 'utf8')).toBe('one, twö');
    expect(readdirSync(folder)).toEqual(['file.txt']);
  });

  it('replaces the target of a link and keeps its permissions', async () => {
    const folder = createFolder();
    const file = join(folder, 'file.txt');
    writeFileSync(file, 'old');
    chmodSync(file, 0o640);
    symlinkSync('file.txt', join(folder, 'link'));
    await writeFileAtomically(join(folder, 'link'), 'new');
    expect(readFileSync(file, 'utf8')).toBe('new');
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(readdirSync(folder).sort()).toEqual(['file.txt', 'link']);
  });

  it('keeps the old file when the source of the contents fails', async () => {
    const folder = createFolder();
    const file = join(folder, 'file.txt');
    writeFileSync(file, 'old');
    const failing = (function* () {
      yield 'half';
      throw new Error('no more');
    })();
    await expect(writeFileAtomically(file, failing)).rejects.toThrow('no more');
    expect(readFileSync(file, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['file.txt']);
  });

  it.each([
    ['ENOSPC', 'DISK_FULL'],
    ['EDQUOT', 'DISK_FULL'],
    ['EACCES', 'WRITE_FORBIDDEN'],
    ['EROFS', 'WRITE_FORBIDDEN'],
    ['EIO', 'WRITE_FAILED'],
  ])('leaves the old file whichever call fails with %s', async (code, expected) => {
    const prototype = await fileHandlePrototype();
    const folder = createFolder();
    const file = join(folder, 'file.txt');
    writeFileSync(file, 'old');
    for (const call of ['write', 'sync'] as const) {
      for (const nth of [1, 2, 3]) {
        const original = prototype[call];
        let calls = 0;
        vi.spyOn(prototype, call).mockImplementation(function (this: FileHandle, ...values) {
          return ++calls === nth ? Promise.reject(systemError(code)) : original.apply(this, values);
        });
        let outcome: PolytagError | null = null;
        try {
          await writeFileAtomically(file, ['a', 'b', 'c']);
        } catch (error) {
          expect(error).toBeInstanceOf(PolytagError);
          outcome = error as PolytagError;
        }
        vi.restoreAllMocks();
        if (outcome === null) {
          // That call is not made so often, or only syncs the folder's entry a second time.
          expect(readFileSync(file, 'utf8')).toBe('abc');
          writeFileSync(file, 'old');
        } else {
          expect(outcome.code).toBe(expected);
          expect(outcome.message).toContain(file);
          expect(['old', 'abc']).toContain(readFileSync(file, 'utf8'));
          expect(call === 'write' ? readFileSync(file, 'utf8') : 'old').toBe('old');
          writeFileSync(file, 'old');
        }
        expect(readdirSync(folder)).toEqual(['file.txt']);
      }
    }
  });

  it('writes on after a short write', async () => {
    const prototype = await fileHandlePrototype();
    const { write } = prototype;
    vi.spyOn(prototype, 'write').mockImplementation(function (
      this: FileHandle,
      bytes: unknown,
      offset: unknown,
      length: unknown,
      position: unknown,
    ) {
      return write.call(this, bytes, offset, Math.min(Number(length), 3), position);
    });
    const file = join(createFolder(), 'file.txt');
    await writeFileAtomically(file, 'a text of more than three bytes');
    expect(readFileSync(file, 'utf8')).toBe('a text of more than three bytes');
  });

  it('leaves the old file when the rename fails', async () => {
    const folder = createFolder();
    const file = join(folder, 'file.txt');
    writeFileSync(file, 'old');
    vi.spyOn(fileSystem, 'rename').mockRejectedValueOnce(systemError('EIO'));
    syncBuiltinESMExports();
    expect((await failureOf(() => writeFileAtomically(file, 'new'))).code).toBe('WRITE_FAILED');
    expect(readFileSync(file, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['file.txt']);
  });

  it.each([
    ['a folder that does not exist', 'absent/file.txt', 'its folder does not exist'],
    ['a folder', '.', 'it is a folder'],
    ['a path through a file', 'file.txt/below', 'a part of the path is a file'],
  ])('names what is wrong with %s', async (_, path, reason) => {
    const folder = createFolder();
    writeFileSync(join(folder, 'file.txt'), '');
    const error = await failureOf(() => writeFileAtomically(join(folder, path), 'new'));
    expect(error.code).toBe('WRITE_FAILED');
    expect(error.message).toContain(reason);
  });

  it.skipIf(!existsSync('/dev/full'))(
    'writes straight to devices, and says when they are full',
    async () => {
      await writeFileAtomically('/dev/null', 'gone');
      expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
      expect((await failureOf(() => writeFileAtomically('/dev/full', 'text'))).code).toBe(
        'DISK_FULL',
      );
    },
  );

  it('never shows a half-written file, whenever the writer is killed', async () => {
    const folder = createFolder();
    const file = join(folder, 'file.bin');
    const program = `
      import { createHash } from 'node:crypto';
      import { writeFileAtomically } from ${JSON.stringify(built)};
      for (let round = 0; ; round++) {
        const body = Buffer.alloc(200_000, String(round));
        const head = createHash('sha256').update(body).digest('hex');
        await writeFileAtomically(${JSON.stringify(file)}, [head, body.subarray(0, 90_000), body.subarray(90_000)]);
        process.stdout.write('.');
      }`;
    for (let kill = 0; kill < 5; kill++) {
      const child = spawn(process.execPath, ['--input-type=module', '-e', program]);
      await new Promise((resolve) => child.stdout.once('data', resolve));
      await new Promise((resolve) => setTimeout(resolve, kill * 3));
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
      const bytes = readFileSync(file);
      expect(bytes.length).toBe(200_064);
      const sum = createHash('sha256').update(bytes.subarray(64)).digest('hex');
      expect(bytes.subarray(0, 64).toString()).toBe(sum);
    }
    // Each writer removed what the one before it had left; the last one's is still there, or nothing.
    expect(readdirSync(folder).length).toBeLessThanOrEqual(2);
  });
});

describe('writeFolderAtomically', () => {
  async function fill(folder: string): Promise<void> {
    mkdirSync(join(folder, 'inner'));
    await writeFileAtomically(join(folder, 'inner', 'a.txt'), 'new');
  }

  function createOld(): { parent: string; folder: string } {
    const parent = createFolder();
    const folder = join(parent, 'model');
    mkdirSync(folder);
    writeFileSync(join(folder, 'old.txt'), 'old');
    return { parent, folder };
  }

  it('makes a folder and its parents', async () => {
    const folder = join(createFolder(), 'a', 'b');
    await writeFolderAtomically(folder, fill);
    expect(readFileSync(join(folder, 'inner', 'a.txt'), 'utf8')).toBe('new');
    expect(readdirSync(join(folder, '..'))).toEqual(['b']);
  });

  it('refuses to replace what is there, before and after filling', async () => {
    const { folder } = createOld();
    let filled = false;
    const error = await failureOf(() =>
      writeFolderAtomically(folder, () => {
        filled = true;
        return Promise.resolve();
      }),
    );
    expect([error.code, filled]).toEqual(['FOLDER_NOT_EMPTY', false]);
    const late = join(createFolder(), 'model');
    const second = await failureOf(() =>
      writeFolderAtomically(late, async (temporary) => {
        await fill(temporary);
        mkdirSync(late);
        writeFileSync(join(late, 'other.txt'), 'of another program');
      }),
    );
    expect(second.code).toBe('FOLDER_NOT_EMPTY');
    expect(readdirSync(late)).toEqual(['other.txt']);
  });

  it('replaces an empty folder, and with overwrite a full one', async () => {
    const { parent, folder } = createOld();
    await writeFolderAtomically(folder, fill, { overwrite: true });
    expect(readdirSync(folder)).toEqual(['inner']);
    expect(readdirSync(parent)).toEqual(['model']);
    mkdirSync(join(parent, 'empty'));
    await writeFolderAtomically(join(parent, 'empty'), fill);
    expect(readdirSync(join(parent, 'empty'))).toEqual(['inner']);
  });

  it('refuses a file in the place of the folder', async () => {
    const { folder } = createOld();
    const error = await failureOf(() => writeFolderAtomically(join(folder, 'old.txt'), fill));
    expect(error.message).toContain('it is a file, not a folder');
  });

  it('leaves the old folder and no temporary when filling fails', async () => {
    const { parent, folder } = createOld();
    const failing = writeFolderAtomically(
      folder,
      async (temporary) => {
        await fill(temporary);
        throw systemError('ENOSPC');
      },
      { overwrite: true },
    );
    expect((await failureOf(() => failing)).code).toBe('DISK_FULL');
    expect(readdirSync(parent)).toEqual(['model']);
    expect(readdirSync(folder)).toEqual(['old.txt']);
  });

  it.each([1, 2])('puts the old folder back when rename %i fails', async (nth) => {
    const { parent, folder } = createOld();
    const rename = fileSystem.rename;
    let calls = 0;
    await writeFolderAtomically(join(parent, 'warm'), fill);
    vi.spyOn(fileSystem, 'rename').mockImplementation((from, to) =>
      String(from).includes('model') && !String(from).includes('a.txt') && ++calls === nth
        ? Promise.reject(systemError('EIO'))
        : rename(from, to),
    );
    syncBuiltinESMExports();
    const attempt = writeFolderAtomically(
      folder,
      (temporary) => {
        writeFileSync(join(temporary, 'new.txt'), 'new');
        return Promise.resolve();
      },
      { overwrite: true },
    );
    expect((await failureOf(() => attempt)).code).toBe('WRITE_FAILED');
    expect(readdirSync(parent).sort()).toEqual(['model', 'warm']);
    expect(readdirSync(folder)).toEqual(['old.txt']);
  });

  it('removes what a dead process left, and nothing of a living or a foreign one', async () => {
    const parent = createFolder();
    const tag = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
    const dead = `.model.${tag}-4194304999-1-00000000.polytag-tmp`;
    const foreign = `.model.00000000-4194304999-1-00000000.polytag-tmp`;
    const living = `.model.${tag}-${process.pid}--00000000.polytag-tmp`;
    for (const name of [dead, foreign, living]) {
      mkdirSync(join(parent, name));
    }
    await writeFolderAtomically(join(parent, 'model'), fill);
    expect(readdirSync(parent).sort()).toEqual([foreign, living, 'model'].sort());
  });
});
