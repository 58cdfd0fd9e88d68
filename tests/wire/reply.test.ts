// Replies: what a server writes is read again; sizes that lie are found before they are used.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ReplyFrames,
  WireFault,
  readReply,
  writeRecord,
  writeRefusal,
  writeVectors,
} from '../../src/wire/index.js';
import { mutate } from './support/mutation.js';

const identity = Buffer.from('client');

/** The frames as they arrive: bytes. */
function received(frames: ReplyFrames): Uint8Array[] {
  return frames.map((frame) => (typeof frame === 'string' ? Buffer.from(frame) : frame));
}

/** A reply with vectors, described by `description`. */
function vectors(description: unknown, bytes: Uint8Array): Uint8Array[] {
  return received([identity, JSON.stringify(description), bytes, '7']);
}

function problemOf(frames: readonly Uint8Array[]): string {
  try {
    readReply(frames);
  } catch (error) {
    if (error instanceof WireFault) {
      return error.problem;
    }
    throw error;
  }
  throw new Error('the reply was taken');
}

describe('vectors', () => {
  test('are read as they were written', () => {
    const reply = fc
      .record({ texts: fc.nat(5), width: fc.nat(7), token: fc.string(), shown: fc.boolean() })
      .chain((sizes) => {
        const length = sizes.texts * sizes.width;
        const data = fc.float32Array({ minLength: length, maxLength: length });
        return data.map((numbers) => ({ ...sizes, numbers }));
      });
    fc.assert(
      fc.property(reply, ({ texts, width, numbers, token, shown }) => {
        const tokens = shown ? Array.from({ length: texts }, () => [token]) : undefined;
        const block = { data: numbers, shape: [texts, width], tokens };
        expect(readReply(received(writeVectors(identity, '7', block)))).toEqual({
          kind: 'vectors',
          identity,
          requestId: '7',
          vectors: block,
        });
      }),
      { seed: 4 },
    );
  });

  test('are written as the original writes them', () => {
    const data = Float32Array.of(1, 2, 3, 4).subarray(1, 3);
    const [topic, description, bytes, requestId] = writeVectors(identity, '7', {
      data,
      shape: [1, 2],
    });
    expect(topic).toBe(identity);
    expect(JSON.parse(String(description))).toEqual({
      dtype: 'float32',
      shape: [1, 2],
      tokens: '',
    });
    expect(bytes).toEqual(Uint8Array.of(0, 0, 0, 64, 0, 0, 64, 64));
    expect(requestId).toBe('7');
  });

  test('that do not fill their shape are never written', () => {
    const wrong = { data: new Float32Array(3), shape: [2, 2] };
    expect(() => writeVectors(identity, '7', wrong)).toThrow(RangeError);
  });

  test('in other widths come in single precision, from any address', () => {
    const doubles = new Uint8Array(17);
    doubles.set(new Uint8Array(Float64Array.of(1 / 3, -2).buffer), 1);
    const reply = readReply(vectors({ dtype: 'float64', shape: [2] }, doubles.subarray(1)));
    expect(reply).toMatchObject({ vectors: { data: Float32Array.of(1 / 3, -2) } });
  });

  test('in half precision: known bit patterns', () => {
    const halves = Uint16Array.of(
      0x3c00,
      0xc000,
      0x0001,
      0x7bff,
      0x8000,
      0x7c00,
      0xfc00,
      0x3555,
      0x7e00,
    );
    const reply = readReply(
      vectors({ dtype: 'float16', shape: [9] }, new Uint8Array(halves.buffer)),
    );
    const values = [1, -2, 2 ** -24, 65504, -0, Infinity, -Infinity, 0.333251953125, NaN];
    expect(reply).toMatchObject({ vectors: { data: Float32Array.from(values) } });
  });
});

test('records and refusals are read as they were written', () => {
  const record = { server_version: '1.10.0', max_seq_len: null, pooling_layer: [-2] };
  expect(readReply(received(writeRecord(identity, '7', record)))).toEqual({
    kind: 'record',
    identity,
    requestId: '7',
    record,
  });
  const refusal = { code: 'REQUEST_INVALID', message: 'the request, "ä", cannot be answered' };
  expect(readReply(received(writeRefusal(identity, '7', refusal)))).toEqual({
    kind: 'refusal',
    identity,
    requestId: '7',
    refusal,
  });
});

describe("what numpy is shown of a refusal's sentence", () => {
  const dtypeOf = (message: string) => {
    const [, description] = writeRefusal(identity, '7', { code: 'X', message });
    const parsed: unknown = JSON.parse(String(description));
    return parsed;
  };
  test.each([
    ['2 texts, 3 announced', 'refused: 2 texts; 3 announced'],
    ['at most 1,000,000 texts', 'refused: at most 1000000 texts'],
    ['object', 'refused: object'],
    ['one\nline\tonly', 'refused: one line only'],
    ['“é” 😀 \u0000', 'refused: ??? ? ?'],
    ['x'.repeat(5000), `refused: ${'x'.repeat(1000)}`],
  ])('%j', (message, dtype) => {
    expect(dtypeOf(message)).toMatchObject({ dtype, shape: [0], tokens: '' });
  });
});

describe('replies that lie', () => {
  const eight = new Uint8Array(8);
  test.each([
    ['more bytes than the shape', { dtype: 'float32', shape: [1] }, 'has 4 bytes; the reply has 8'],
    ['fewer bytes', { dtype: 'float32', shape: [2, 768] }, 'has 6144 bytes; the reply has 8'],
    [
      'a size beyond all memory',
      { dtype: 'float32', shape: [2 ** 40, 2 ** 40] },
      'the reply has 8',
    ],
    ['sizes that overflow', { dtype: 'float64', shape: Array(8).fill(2 ** 53 - 1) }, 'has'],
    ['a negative size', { dtype: 'float32', shape: [-1, -2] }, 'not a list of 1 to 8 sizes'],
    ['half a size', { dtype: 'float32', shape: [0.5, 4] }, 'not a list of 1 to 8 sizes'],
    ['no shape', { dtype: 'float32' }, 'not a list of 1 to 8 sizes'],
    ['too many axes', { dtype: 'float64', shape: Array(9).fill(1) }, 'not a list of 1 to 8 sizes'],
    ['a scalar', { dtype: 'float64', shape: [] }, 'not a list of 1 to 8 sizes'],
    ['whole numbers', { dtype: 'int64', shape: [1] }, 'not float16, float32 or float64'],
    ['another byte order', { dtype: '>f4', shape: [2] }, 'not float16, float32 or float64'],
    ['a name from a prototype', { dtype: 'toString', shape: [2] }, 'not float16, float32 or'],
    ['no type', { shape: [2] }, 'not float16, float32 or float64'],
    ['tokens of other texts', { dtype: 'float32', shape: [2], tokens: [['a']] }, 'tokens of 1'],
    [
      'tokens that are none',
      { dtype: 'float32', shape: [2], tokens: [[1], []] },
      'lists of tokens',
    ],
    ['a refusal without words', { error: {} }, 'without saying why'],
    ['no object', [1, 2], 'does not begin with a JSON object'],
    ['null', null, 'does not begin with a JSON object'],
  ])('%s', (_, description, problem) => {
    expect(problemOf(vectors(description, eight))).toContain(problem);
  });

  test('frames missing, frames too many, nobody named, no JSON', () => {
    expect(problemOf([identity, Buffer.from('7')])).toContain('this one has 2');
    expect(problemOf([...vectors({}, eight), Buffer.from('7')])).toContain('this one has 5');
    expect(problemOf(received([identity, '{}', 'x']))).toContain('to which request');
    expect(problemOf(received(['', '{}', '1']))).toContain('to which request');
    expect(problemOf(received([identity, '{', '1']))).toContain('not JSON');
    expect(problemOf(received([identity, Uint8Array.of(0xff), '1']))).toContain('not UTF-8');
  });
});

test('20,000 mutated replies: each is a reply whose sizes agree, or a fault', () => {
  const block = { data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3], tokens: [['a'], ['b']] };
  const originals = [
    received(writeVectors(identity, '7', block)),
    received(writeRecord(identity, '8', { server_version: '1.10.0' })),
    received(writeRefusal(identity, '9', { code: 'QUEUE_FULL', message: 'too much waits' })),
  ];
  const outcomes = { replies: 0, faults: 0 };
  for (const mutant of mutate(originals, { count: 20_000, seed: 20_190_402 })) {
    try {
      const reply = readReply(mutant);
      outcomes.replies++;
      if (reply.kind === 'vectors') {
        const { data, shape } = reply.vectors;
        expect(shape.reduce((product, extent) => product * extent, 1)).toBe(data.length);
      }
    } catch (error) {
      expect(error).toBeInstanceOf(WireFault);
      outcomes.faults++;
    }
  }
  expect(outcomes.replies).toBeGreaterThan(1000);
  expect(outcomes.faults).toBeGreaterThan(5000);
});
