import { fork } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { RandomSource } from '../../src/data/random.js';
import type { ErrorCode } from '../../src/errors/index.js';
import { PolytagError } from '../../src/errors/index.js';
import { openModelFolder } from '../../src/weights/folder/model-folder.js';
import { unpackModelArchive } from '../../src/weights/zip.js';
import { expectRefusal } from './support/refusal.js';
import { temporaryFolder } from './support/temporary-folder.js';
import { zipBytes, type ZipItem } from './support/zip-writer.js';

const root = temporaryFolder();
const google = fileURLToPath(new URL('../fixtures/tf-bert-tiny', import.meta.url));
let made = 0;

function modelItems(folder = ''): ZipItem[] {
  return readdirSync(google)
    .filter((name) => !name.includes('reference'))
    .map((name) => ({ name: `${folder}${name}`, content: readFileSync(join(google, name)) }));
}

/** Writes an archive into a folder of its own, with a cache beside it. */
function writeArchive(
  bytes: Buffer,
  name = 'model.zip',
): { path: string; cache: string; place: string } {
  const place = join(root, String(made++));
  mkdirSync(place);
  const path = join(place, name);
  writeFileSync(path, bytes);
  return { path, cache: join(place, 'cache'), place };
}

/** The smallest archive that is recognised as a model, with more entries. */
function withItems(...items: ZipItem[]): Buffer {
  return zipBytes([
    { name: 'config.json', content: '{}' },
    { name: 'model.safetensors', content: 'x' },
    ...items,
  ]);
}

function listTree(folder: string): string[] {
  return existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => !entry.isDirectory())
        .map((entry) => entry.name)
        .sort()
    : [];
}

describe('unpackModelArchive', () => {
  it("unpacks Google's archives, in a folder of their own or not, once", async () => {
    for (const inner of ['uncased_L-3_H-32_A-4/', 'a/b/', '']) {
      const folderEntries = inner === '' ? [] : [{ name: inner, mode: 0o040755, method: 0 }];
      const junk = [{ name: '__MACOSX/._vocab.txt', content: 'x' }];
      const bytes = zipBytes([...folderEntries, ...modelItems(inner), ...junk]);
      const { path, cache } = writeArchive(bytes, 'cased_L-3.zip');
      const folder = await unpackModelArchive(path, { cache });
      const name = inner === '' ? 'cased_L-3' : basename(inner);
      expect(basename(folder)).toBe(name);
      const model = await openModelFolder(folder);
      expect(model.tensors.names()).toHaveLength(55);
      await model.close();
      expect(listTree(cache)).not.toContain('._vocab.txt');
      const before = statSync(join(folder, 'vocab.txt'));
      expect(await unpackModelArchive(path, { cache })).toBe(folder);
      expect(statSync(join(folder, 'vocab.txt')).ino).toBe(before.ino);
    }
  });

  it('makes a folder anew that has lost a file or part of one', async () => {
    const { path, cache } = writeArchive(zipBytes(modelItems()));
    const folder = await unpackModelArchive(path, { cache });
    rmSync(join(folder, 'vocab.txt'));
    expect(await unpackModelArchive(path, { cache })).toBe(folder);
    truncateSync(join(folder, 'vocab.txt'), 9);
    await unpackModelArchive(path, { cache });
    expect(readFileSync(join(folder, 'vocab.txt'))).toEqual(
      readFileSync(join(google, 'vocab.txt')),
    );
  });

  it('unpacks an archive anew that has changed', async () => {
    const { path, cache } = writeArchive(zipBytes(modelItems()));
    const first = await unpackModelArchive(path, { cache });
    utimesSync(path, 1, 1);
    const second = await unpackModelArchive(path, { cache });
    expect(second).not.toBe(first);
    writeFileSync(path, withItems());
    utimesSync(path, 1, 1);
    expect(await unpackModelArchive(path, { cache })).not.toBe(second);
  });

  it('serves several callers at once with one folder, and leaves nothing else', async () => {
    const { path, cache } = writeArchive(zipBytes(modelItems()));
    const folders = await Promise.all(
      Array.from({ length: 6 }, () => unpackModelArchive(path, { cache })),
    );
    expect(new Set(folders).size).toBe(1);
    expect(readdirSync(cache)).toHaveLength(1);
    expect(listTree(cache)).toHaveLength(4);
  });

  it('serves two processes at once', async () => {
    const { path, cache } = writeArchive(zipBytes(modelItems()));
    const program = new URL('./support/unpack-program.mjs', import.meta.url);
    const library = fileURLToPath(new URL('../../dist/weights/zip.js', import.meta.url));
    const children = Array.from({ length: 3 }, () =>
      fork(fileURLToPath(program), [library, path, cache], { stdio: 'ignore' }),
    );
    const answers = await Promise.all(
      children.map(async (child) => {
        const [answer] = (await once(child, 'message')) as [unknown];
        return answer;
      }),
    );
    expect(new Set(answers)).toEqual(new Set([await unpackModelArchive(path, { cache })]));
    expect(readdirSync(cache)).toHaveLength(1);
  });

  it('stops when told to, and leaves nothing', async () => {
    const { path, cache } = writeArchive(zipBytes(modelItems()));
    const reason = new Error('enough');
    await expect(
      unpackModelArchive(path, { cache, signal: AbortSignal.abort(reason) }),
    ).rejects.toBe(reason);
    expect(listTree(cache)).toEqual([]);
  });
});

const entriesRefused: readonly (readonly [string, ZipItem, string])[] = [
  ['a path that climbs', { name: '../evil' }, 'leads out'],
  ['a path that climbs in the middle', { name: 'a/../../evil' }, 'leads out'],
  ['an absolute path', { name: '/tmp/evil' }, 'leads out'],
  ['a drive', { name: 'C:/evil' }, 'leads out'],
  ['a backslash', { name: '..\\evil' }, 'leads out'],
  ['a dot', { name: './a' }, 'no plain relative path'],
  ['an empty part', { name: 'a//b' }, 'no plain relative path'],
  ['no name', { name: '' }, 'no plain relative path'],
  ['a zero byte', { name: 'a\0b' }, 'no plain relative path'],
  ['a stream of NTFS', { name: 'vocab.txt:evil' }, 'no plain relative path'],
  ['a line break', { name: 'a\nb' }, 'no plain relative path'],
  ['a link', { name: 'link', content: '/etc/passwd', mode: 0o120777 }, 'link or a device'],
  ['a device', { name: 'null', mode: 0o020666 }, 'link or a device'],
  ['a pipe', { name: 'pipe', mode: 0o010666 }, 'link or a device'],
  ['a name twice', { name: 'config.json' }, 'is there twice'],
  ['a name twice but for capitals', { name: 'CONFIG.json' }, 'is there twice'],
  ['an encrypted file', { name: 'a', flags: 0x801 }, 'encrypted'],
  ['another compression', { name: 'a', method: 12 }, 'method 12'],
  ['an announced terabyte', { name: 'a', unpackedSize: 0xffff_fffe }, 'brings the unpacked size'],
];

describe('unpackModelArchive refuses', () => {
  async function expectArchiveRefused(
    bytes: Buffer,
    code: ErrorCode,
    ...parts: string[]
  ): Promise<void> {
    const { path, cache, place } = writeArchive(bytes);
    await expectRefusal(unpackModelArchive(path, { cache }), code, path, ...parts);
    // Nothing in the cache, nothing beside it.
    expect(listTree(place)).toEqual(['model.zip']);
  }

  it.each(entriesRefused)('%s', (_, item, problem) =>
    expectArchiveRefused(withItems(item), 'ZIP_ENTRY_REFUSED', problem),
  );

  it('more entries than any model has', () =>
    expectArchiveRefused(
      withItems(...Array.from({ length: 1000 }, (_, index) => ({ name: `f${index}` }))),
      'ZIP_ENTRY_REFUSED',
      '1000 that are allowed',
    ));

  it('a bomb: 100 MB of zeros in 100 KB', () =>
    expectArchiveRefused(
      withItems({ name: 'zeros', content: Buffer.alloc(100 * 2 ** 20) }),
      'ZIP_ENTRY_REFUSED',
      '100 times',
    ));

  it('a bomb whose entries share their data', () => {
    const bulk = { name: 'a0', content: Buffer.alloc(200_000) };
    const more = Array.from({ length: 100 }, (_, index) => ({
      ...bulk,
      name: `a${index + 1}`,
      sharesData: true,
    }));
    return expectArchiveRefused(withItems(bulk, ...more), 'ZIP_ENTRY_REFUSED', '100 times');
  });

  it('a bomb that announces less than it holds', () =>
    expectArchiveRefused(
      withItems({ name: 'zeros', content: Buffer.alloc(20 * 2 ** 20), unpackedSize: 5 }),
      'ZIP_INVALID',
      'too many bytes',
    ));

  it('wrong checksums, also of stored files', async () => {
    for (const method of [0, 8]) {
      await expectArchiveRefused(
        withItems({ name: 'a', content: 'abc', checksum: 1, method }),
        'ZIP_INVALID',
        'the checksum of a',
      );
    }
  });

  it('files that are no archive, or cut short', async () => {
    await expectArchiveRefused(Buffer.alloc(0), 'ZIP_INVALID');
    await expectArchiveRefused(Buffer.from('hello'), 'ZIP_INVALID');
    const whole = withItems();
    await expectArchiveRefused(whole.subarray(0, -1), 'ZIP_INVALID');
    await expectArchiveRefused(whole.subarray(50), 'ZIP_INVALID');
  });

  it('archives without a model, or with two', async () => {
    await expectArchiveRefused(
      zipBytes([{ name: 'a/config.json' }, { name: 'b/model.safetensors' }]),
      'MODEL_FOLDER_UNRECOGNISED',
      'no folder in it',
    );
    await expectArchiveRefused(
      zipBytes(
        ['a', 'b'].flatMap((folder) => [
          { name: `${folder}/config.json` },
          { name: `${folder}/model.safetensors` },
        ]),
      ),
      'MODEL_FOLDER_UNRECOGNISED',
      'several models: a, b',
    );
  });

  it('a file that is not there', () =>
    expectRefusal(
      unpackModelArchive(join(root, 'absent.zip')),
      'MODEL_FILE_UNREADABLE',
      'no such file',
    ));

  it('or unpacks every archive with changed bytes, and never crashes', async () => {
    const random = new RandomSource(5);
    const honest = withItems({ name: 'vocab.txt', content: 'a\nb\nc\n'.repeat(20) });
    const { path, cache } = writeArchive(honest);
    const outcomes = new Map<string, number>();
    for (let run = 0; run < 80; run++) {
      const bytes = Buffer.from(honest);
      for (let change = random.nextInteger(3); change >= 0; change--) {
        bytes[random.nextInteger(bytes.length)] = random.nextInteger(256);
      }
      writeFileSync(path, bytes);
      const outcome = await unpackModelArchive(path, { cache }).then(
        () => 'unpacked',
        (error: unknown) => {
          if (error instanceof PolytagError) return error.code;
          throw error;
        },
      );
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    expect(outcomes.get('ZIP_INVALID')).toBeGreaterThan(20);
  });
});
