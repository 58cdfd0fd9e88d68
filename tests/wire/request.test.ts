// Requests: what is written is read again; whatever lies about itself is a WireFault with one clear sentence.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WireFault, readRequest, writeRequest } from '../../src/wire/index.js';
import { mutate } from './support/mutation.js';

const limits = { maxBytes: 1 << 20 };
const identity = Buffer.from('client');

/** Frames of a request as the original's client would send it. */
function frames(
  body: string | Uint8Array,
  count: string,
  requestId = '7',
  from: Uint8Array = identity,
) {
  return [from, Buffer.from(body), Buffer.from(requestId), Buffer.from(count)];
}

/** The fault of a request that must have one. */
function faultOf(request: readonly Uint8Array[], maxBytes = limits.maxBytes): WireFault {
  try {
    readRequest(request, { maxBytes });
  } catch (error) {
    if (error instanceof WireFault) {
      return error;
    }
    throw error;
  }
  throw new Error('the request was taken');
}

describe('what a client sends', () => {
  test('texts and lists of tokens are read as they were written', () => {
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 255 }),
        fc.bigInt({ min: 0n, max: 10n ** 32n - 1n }),
        fc.oneof(fc.array(text), fc.array(fc.array(text))),
        (from, id, texts) => {
          const request = writeRequest(from, String(id), { kind: 'encode', texts });
          expect(readRequest(request, limits)).toEqual({
            kind: 'encode',
            identity: Buffer.from(from),
            requestId: String(id),
            texts,
            count: texts.length,
          });
        },
      ),
      { seed: 4 },
    );
  });

  test.each([
    ['config', 'SHOW_CONFIG'],
    ['status', 'SHOW_STATUS'],
    ['terminate', 'TERMINATION'],
  ] as const)('%s is %s', (kind, body) => {
    const request = writeRequest(identity, '12', { kind });
    expect(request.map(String)).toEqual(['client', body, '12', '0']);
    expect(readRequest(request, limits)).toEqual({ kind, identity, requestId: '12' });
  });

  test("the original's way to write: ASCII escapes, blanks, leading zeros", () => {
    const request = frames('["caf\\u00e9, \\"[{\\" \\\\", "\\ud83d\\ude00"]', '2', '0012');
    expect(readRequest(request, limits)).toMatchObject({
      requestId: '0012',
      texts: ['café, "[{" \\', '😀'],
    });
  });
});

describe('what no client sends', () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  test.each([
    ['three frames', [identity, Buffer.from('[]'), Buffer.from('7')], 'a request has 4 frames'],
    ['five frames', [...frames('["a"]', '1'), identity], 'a request has 4 frames'],
    ['no JSON', frames('hello', '1'), 'not JSON'],
    ['half a list', frames('["a"', '1'), 'not JSON'],
    ['a byte order mark', frames('\ufeff["a"]', '1'), 'not JSON'],
    ['a text alone', frames('"a"', '1'), 'neither a list'],
    ['an object', frames('{"a":1}', '1'), 'neither a list'],
    ['objects in a list', frames('[{},{}]', '2'), 'neither a list'],
    ['lists within lists of tokens', frames('[[["a"]]]', '1'), 'neither a list'],
    ['depth that a stack would not bear', frames(deep, '1'), 'neither a list'],
    ['invalid UTF-8', frames(Uint8Array.of(0x5b, 0x22, 0xff, 0x22, 0x5d), '1'), 'not UTF-8'],
    ['too high a number', frames('["a","b"]', '3'), 'announces 3 texts and holds 2'],
    ['too low a number', frames('["a","b"]', '1'), 'announces 1 texts and holds 2'],
    ['a number for nothing', frames('[]', '1'), 'announces 1 texts and holds 0'],
    ['an endless number', frames('["a"]', '9'.repeat(1000)), 'number of texts is not'],
    ['a number with a sign', frames('["a"]', '+1'), 'number of texts is not'],
    ['no number', frames('["a"]', ''), 'number of texts is not'],
    ['an unknown command', frames('SHOW_SECRETS', '0'), 'not JSON'],
    ['a command with a blank', frames('TERMINATION ', '0'), 'not JSON'],
    ['a command in small letters', frames('termination', '0'), 'not JSON'],
  ])('%s is refused, and can be answered', (_, request, problem) => {
    const fault = faultOf(request);
    expect(fault.problem).toContain(problem);
    expect(fault.identity).toEqual(identity);
    expect(fault.requestId).toBe('7');
  });

  test.each([
    ['letters', 'x1'],
    ['a sign', '-1'],
    ['nothing', ''],
    ['33 digits', '1'.repeat(33)],
    ['digits of another script', '٣'],
  ])('%s as request id: there is nothing to answer to', (_, id) => {
    const fault = faultOf(frames('["a"]', '1', id));
    expect(fault.problem).toContain('request id');
    expect(fault.identity).toEqual(identity);
    expect(fault.requestId).toBeUndefined();
  });

  test.each([0, 256, 100_000])(
    'an identity of %i bytes: there is nobody to answer to',
    (length) => {
      const fault = faultOf(frames('["a"]', '1', '7', Buffer.alloc(length, 'i')));
      expect(fault.problem).toContain(`1 to 255 bytes; this one has ${length}`);
      expect(fault.identity).toBeUndefined();
    },
  );

  test('no frame at all', () => {
    expect(faultOf([]).problem).toContain('this one has 0');
  });

  test('more bytes than are taken are refused before they are looked at', () => {
    const fault = faultOf(frames('not even JSON', '1'), 20);
    expect(fault.problem).toBe('the request has 21 bytes; at most 20 are taken');
    expect(fault.requestId).toBe('7');
  });

  test('more texts than one reply could carry', () => {
    const request = frames(`[${'"",'.repeat(1_000_000)}""]`, '1000001');
    expect(faultOf(request, 1 << 30).problem).toContain('1000001 texts; at most 1000000');
  });
});

test('20,000 mutated requests: each is a request that keeps its promises, or a fault', () => {
  const originals = [
    frames('["first do it","then do it right"]', '2'),
    frames('[["a","b"],["|||"]]', '2'),
    frames('SHOW_CONFIG', '0'),
    frames('SHOW_STATUS', '0'),
    frames('TERMINATION', '0'),
  ];
  const outcomes = { requests: 0, faults: 0 };
  for (const mutant of mutate(originals, { count: 20_000, seed: 20_190_401 })) {
    try {
      const request = readRequest(mutant, limits);
      outcomes.requests++;
      expect(request.requestId).toMatch(/^\d{1,32}$/);
      expect(request.kind !== 'encode' || request.texts.length === request.count).toBe(true);
    } catch (error) {
      expect(error).toBeInstanceOf(WireFault);
      outcomes.faults++;
    }
  }
  // Both kinds, many times: else the mutations are too tame, or too wild, to find anything.
  expect(outcomes.requests).toBeGreaterThan(1000);
  expect(outcomes.faults).toBeGreaterThan(5000);
});
