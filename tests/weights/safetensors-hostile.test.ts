// Each malformation of a safetensors file has one tiny file here, and gets its own refusal and no other.
import { closeSync, ftruncateSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/errors/index.js';
import { openSafetensors } from '../../src/weights/safetensors/reader.js';
import { expectRefusal } from './support/refusal.js';
import { floats, safetensorsBytes } from './support/safetensors-bytes.js';
import { temporaryFolder } from './support/temporary-folder.js';

const folder = temporaryFolder();
const path = join(folder, 'hostile.safetensors');

const headerInvalid: readonly (readonly [string, Buffer, string])[] = [
  ['an empty file', Buffer.alloc(0), '0 bytes, too few'],
  ['seven bytes', Buffer.alloc(7), '7 bytes, too few'],
  ['a header beyond the limit', safetensorsBytes('{}', 0, 100_000_001n), '100,000,000 are allowed'],
  ['a length of 2^64 - 1', safetensorsBytes('{}', 0, 2n ** 64n - 1n), '18446744073709551615 bytes'],
  ['a length of 2^63', safetensorsBytes('{}', 0, 2n ** 63n), '9223372036854775808 bytes'],
  ['a header longer than the file', safetensorsBytes('{}', 0, 3n), 'ends after the file'],
  ['a header of no bytes', safetensorsBytes(''), 'does not start with "{"'],
  ['a space before the brace', safetensorsBytes(' {}'), 'does not start with "{"'],
  ['a byte order mark', safetensorsBytes('\ufeff{}'), 'does not start with "{"'],
  ['an array', safetensorsBytes('[]'), 'does not start with "{"'],
  ['bytes that are not UTF-8', safetensorsBytes(Buffer.from('{"\xff":0}', 'latin1')), 'not UTF-8'],
  ['a header that does not end', safetensorsBytes('{"a":'), 'lacks "{"'],
  ['text after the object', safetensorsBytes('{}x'), 'goes on after its end'],
  ['zeros after the object', safetensorsBytes('{}\0\0'), 'goes on after its end'],
  [
    'a name twice',
    safetensorsBytes(
      `{"a":${JSON.stringify(floats(0, 1))},"a":${JSON.stringify(floats(0, 1))}}`,
      4,
    ),
    'the key "a" twice',
  ],
  [
    'a name twice, once escaped',
    safetensorsBytes(
      `{"a":${JSON.stringify(floats(0, 1))},"\\u0061":${JSON.stringify(floats(0, 1))}}`,
      4,
    ),
    'the key "a" twice',
  ],
  [
    'a field twice',
    safetensorsBytes('{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 4),
    'the key "dtype" twice',
  ],
  [
    'metadata twice',
    safetensorsBytes('{"__metadata__":{},"__metadata__":{}}'),
    'the key "__metadata__" twice',
  ],
  ['metadata that are a list', safetensorsBytes('{"__metadata__":[]}'), 'lacks "{"'],
  ['metadata that are null', safetensorsBytes('{"__metadata__":null}'), 'lacks "{"'],
  ['a number in the metadata', safetensorsBytes('{"__metadata__":{"a":1}}'), 'lacks "\\""'],
  ['an object in the metadata', safetensorsBytes('{"__metadata__":{"a":{}}}'), 'lacks "\\""'],
  ['half a surrogate pair', safetensorsBytes('{"\\udc00":{}}'), 'surrogate'],
  ['a control character', safetensorsBytes('{"a\nb":{}}'), 'control character'],
  ['an entry that is no object', safetensorsBytes('{"a":[]}'), 'lacks "{"'],
  ['no dtype', safetensorsBytes({ a: { shape: [], data_offsets: [0, 4] } }, 4), 'lacks a dtype'],
  ['no shape', safetensorsBytes({ a: { dtype: 'F32', data_offsets: [0, 4] } }, 4), 'a shape'],
  ['no offsets', safetensorsBytes({ a: { dtype: 'F32', shape: [] } }, 4), 'two data_offsets'],
  [
    'three offsets',
    safetensorsBytes({ a: { dtype: 'F32', shape: [], data_offsets: [0, 4, 4] } }, 4),
    'two data_offsets',
  ],
  [
    'an unknown dtype',
    safetensorsBytes({ a: { dtype: 'F33', shape: [], data_offsets: [0, 4] } }, 4),
    'unknown dtype "F33"',
  ],
  [
    'a dtype in small letters',
    safetensorsBytes({ a: { dtype: 'f32', shape: [], data_offsets: [0, 4] } }, 4),
    'unknown dtype "f32"',
  ],
  [
    'a negative size',
    safetensorsBytes({ a: { dtype: 'F32', shape: [-1], data_offsets: [0, 4] } }, 4),
    'has -1 where a whole number',
  ],
  [
    'a broken size',
    safetensorsBytes('{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}', 4),
    'has 1.0 where a whole number',
  ],
  [
    'a size beyond 2^53',
    safetensorsBytes(
      '{"a":{"dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,4]}}',
      4,
    ),
    'has 18446744073709551615 where',
  ],
  [
    'an offset beyond 2^53',
    safetensorsBytes('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,9007199254740992]}}', 4),
    'has 9007199254740992 where',
  ],
  [
    'an unknown field nested too deep',
    safetensorsBytes(`{"a":{"more":${'['.repeat(99)}${']'.repeat(99)}}}`),
    'deeper than 64',
  ],
];

const tensorInvalid: readonly (readonly [string, Buffer, string])[] = [
  ['a hole at the start', safetensorsBytes({ a: floats(4, 1) }, 8), 'expected to start at 0'],
  [
    'a hole between two',
    safetensorsBytes({ a: floats(0, 1), b: floats(8, 1) }, 12),
    'tensor "b" is misplaced: its bytes are 8 to 12, expected to start at 4',
  ],
  [
    'an overlap',
    safetensorsBytes({ a: floats(0, 2), b: floats(4, 1) }, 8),
    'tensor "b" is misplaced: its bytes are 4 to 8, expected to start at 8',
  ],
  [
    'two tensors in the same place',
    safetensorsBytes({ a: floats(0, 1), b: floats(0, 1) }, 4),
    'expected to start at 4',
  ],
  [
    'an end before the beginning',
    safetensorsBytes({ a: floats(0, 1), b: { dtype: 'F32', shape: [], data_offsets: [4, 0] } }, 4),
    'its bytes are 4 to 0',
  ],
  [
    'fewer bytes than the shape needs',
    safetensorsBytes({ a: { dtype: 'F32', shape: [2], data_offsets: [0, 4] } }, 4),
    'F32 of shape [2] needs 8 bytes, but has 4',
  ],
  [
    'more bytes than the shape needs',
    safetensorsBytes({ a: { dtype: 'F16', shape: [1], data_offsets: [0, 4] } }, 4),
    'F16 of shape [1] needs 2 bytes, but has 4',
  ],
  [
    'a product beyond 2^53',
    safetensorsBytes({ a: { dtype: 'F32', shape: [2 ** 32, 2 ** 32], data_offsets: [0, 0] } }),
    'needs more than 2^53 bytes',
  ],
  [
    'a product that overflows 64 bits to zero',
    safetensorsBytes({
      a: { dtype: 'F32', shape: [2 ** 31, 2 ** 31, 2 ** 31], data_offsets: [0, 0] },
    }),
    'needs more than 2^53 bytes',
  ],
  [
    'an overflow hidden behind a zero',
    safetensorsBytes({
      a: { dtype: 'F32', shape: [2 ** 50, 2 ** 50, 0], data_offsets: [0, 0] },
    }),
    'needs more than 2^53 bytes',
  ],
];

describe('openSafetensors refuses', () => {
  async function expectOpeningRefused(
    bytes: Buffer,
    code: ErrorCode,
    ...parts: string[]
  ): Promise<void> {
    writeFileSync(path, bytes);
    await expectRefusal(openSafetensors(path), code, path, ...parts);
  }

  it.each(headerInvalid)('%s', (_, bytes, problem) =>
    expectOpeningRefused(bytes, 'SAFETENSORS_HEADER_INVALID', problem),
  );

  it.each(tensorInvalid)('%s', (_, bytes, problem) =>
    expectOpeningRefused(bytes, 'SAFETENSORS_TENSOR_INVALID', problem),
  );

  it.each(['F8_E4M3', 'F8_E5M2', 'F8_E8M0', 'F4', 'F6_E2M3', 'F6_E3M2', 'C64'])(
    'the type %s, by its name',
    (dtype) =>
      expectOpeningRefused(
        safetensorsBytes({ 'layer.weight': { dtype, shape: [4], data_offsets: [0, 4] } }, 4),
        'SAFETENSORS_TYPE_UNSUPPORTED',
        'tensor "layer.weight"',
        dtype,
      ),
  );

  it('a file cut short', () =>
    expectOpeningRefused(
      safetensorsBytes({ a: floats(0, 4) }, 15),
      'SAFETENSORS_SIZE_WRONG',
      'describes',
    ));

  it('bytes after the last tensor', () =>
    expectOpeningRefused(
      safetensorsBytes({ a: floats(0, 4) }, 17),
      'SAFETENSORS_SIZE_WRONG',
      'describes',
    ));

  it('data without tensors', () =>
    expectOpeningRefused(safetensorsBytes('{}', 1), 'SAFETENSORS_SIZE_WRONG', '11 bytes'));

  it('a tensor of a terabyte in a file that is a terabyte of nothing, when it is read', async () => {
    const size = 2 ** 40;
    const bytes = safetensorsBytes({ a: { dtype: 'U8', shape: [size], data_offsets: [0, size] } });
    const descriptor = openSync(path, 'w');
    writeSync(descriptor, bytes);
    ftruncateSync(descriptor, bytes.length + size);
    closeSync(descriptor);
    const file = await openSafetensors(path);
    await expectRefusal(file.read('a'), 'MODEL_FILE_UNREADABLE', 'no memory for 1099511627776');
    await file.close();
  });

  it('nothing that the format allows', async () => {
    writeFileSync(
      path,
      safetensorsBytes(
        '{"__metadata__":{"__proto__":"x"},"b":{"shape":[],"later":[{}],"data_offsets":[4,8],"dtype":"F32"},"a":{"dtype":"U8","shape":[2,2],"data_offsets":[0,4]},"":{"dtype":"F64","shape":[0],"data_offsets":[8,8]}}  \n\t',
        8,
      ),
    );
    const file = await openSafetensors(path);
    expect(file.names()).toEqual(['', 'a', 'b']);
    expect([...file.metadata]).toEqual([['__proto__', 'x']]);
    await file.close();
  });
});
