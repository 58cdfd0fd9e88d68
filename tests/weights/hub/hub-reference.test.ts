import { join, resolve, sep, win32 } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSafeFileName, parseHubReference } from '../../../src/weights/hub/hub-reference.js';

describe('hub ids', () => {
  it.each([
    ['google-bert/bert-base-uncased', 'google-bert/bert-base-uncased', 'main'],
    ['a/b', 'a/b', 'main'],
    ['_x/y_1.0', '_x/y_1.0', 'main'],
    ['owner/name@v1.0', 'owner/name', 'v1.0'],
    ['owner/name@refs/pr/1', 'owner/name', 'refs/pr/1'],
    [`owner/name@${'0a'.repeat(20)}`, 'owner/name', '0a'.repeat(20)],
  ])('%s is one', (text, repository, revision) => {
    expect(parseHubReference(text)).toEqual({ repository, revision });
  });

  it.each([
    '',
    'name',
    '/name',
    'owner/',
    'a/b/c',
    '../etc',
    'owner/..',
    './name',
    'owner/name.',
    '-owner/name',
    'owner/na--me',
    'owner/na..me',
    'owner/name.git',
    'owner/na me',
    'owner\\name',
    'ówner/name',
    'owner/name@',
    'owner/name@../main',
    'owner/name@a/../b',
    'owner/name@/main',
    'owner/name@main/',
    'owner/name@a//b',
    'owner/name@.hidden',
    'owner/name@a/.b',
    'owner/name@main\0',
    'owner/name@main?x',
    `owner/${'n'.repeat(97)}`,
    'https://huggingface.co/owner/name',
  ])('%j is none', (text) => {
    expect(parseHubReference(text)).toBeNull();
  });
});

describe('file names from a server', () => {
  it.each(['config.json', 'onnx/model.onnx', '.gitattributes', 'a b/ü.txt', 'model-00001-of-2'])(
    '%s is safe',
    (name) => {
      expect(isSafeFileName(name)).toBe(true);
    },
  );

  it.each([
    '',
    '.',
    '..',
    '/etc/passwd',
    'a/../../b',
    'a//b',
    'a/',
    'a\\..\\b',
    'C:evil',
    'C:/evil',
    '\\\\host\\share',
    'nul',
    'NUL.txt',
    'a/com1',
    'dots./a',
    'space /a',
    'line\nbreak',
    'zero\0',
    'n'.repeat(300),
  ])('%j is not', (name) => {
    expect(isSafeFileName(name)).toBe(false);
  });

  it('stay inside the folder on every system if they are safe', () => {
    const piece = fc.constantFrom('..', '.', '/', '\\', 'a', 'C:', ' ', '\0', 'nul', '~', '//host');
    const name = fc.oneof(
      fc.string(),
      fc.array(piece, { maxLength: 8 }).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(name, (text) => {
        if (isSafeFileName(text)) {
          expect(resolve('/cache/x', text).startsWith(`/cache/x${sep}`)).toBe(true);
          expect(win32.resolve('C:\\cache', text).startsWith('C:\\cache\\')).toBe(true);
          expect(join('/cache/x', text)).not.toContain('\0');
        }
      }),
      { numRuns: 5_000, seed: 7 },
    );
  });
});
