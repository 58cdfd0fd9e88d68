import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Encoder } from '../../src/bert/index.js';

const folder = fileURLToPath(new URL('../fixtures/tf-bert-tiny', import.meta.url));
const options = { pooling: 'mean', layers: [-1], maxLength: 32, workers: 2 } as const;

/** Texts of many lengths, the same for the same numbers. */
function makeTexts(count: number, seed = 1): string[] {
  const words = ['the', 'quick', 'brown', 'fox', 'jumps', 'over', 'a', 'lazy', 'dog', 'again'];
  return Array.from({ length: count }, (_, at) =>
    Array.from(
      { length: 1 + ((at * 7 + seed) % 23) },
      (_, place) => words[(at + place * seed) % 10],
    ).join(' '),
  );
}

describe('encodeRequest', () => {
  let encoder: Encoder;
  beforeAll(async () => {
    encoder = await Encoder.load(folder, options);
  });
  afterAll(() => encoder.close());

  it('gives the vectors of encode to requests that run together', async () => {
    const requests = [1, 700, 3, 1500, 16, 0].map((count, at) => makeTexts(count, at + 1));
    const answers = await Promise.all(
      requests.map((texts, at) => encoder.encodeRequest(texts, { priority: at % 2 })),
    );
    for (const [at, texts] of requests.entries()) {
      expect(answers[at]).toHaveLength(texts.length);
      const { data, lengths } = await encoder.encode(texts);
      let largest = 0;
      answers[at].forEach(({ vector, tokens }, row) => {
        expect(tokens.ids).toHaveLength(lengths[row]);
        vector.forEach((value, column) => {
          largest = Math.max(largest, Math.abs(value - data[row * encoder.width + column]));
        });
      });
      expect(largest).toBeLessThan(2e-6);
    }
    expect(encoder.waitingTexts).toBe(0);
  });

  it('refuses further requests while too much waits, and serves again afterwards', async () => {
    const small = await Encoder.load(folder, { ...options, maxWaitingTexts: 100 });
    try {
      const large = small.encodeRequest(makeTexts(400));
      expect(small.waitingTexts).toBe(400);
      await expect(small.encodeRequest(makeTexts(1))).rejects.toThrow(
        /the queue is full: 400 are waiting already/,
      );
      expect(await large).toHaveLength(400);
      expect(await small.encodeRequest(makeTexts(1))).toHaveLength(1);
    } finally {
      await small.close();
    }
  });

  it('ends with the reason of its signal, and frees what it held', async () => {
    const leaving = new AbortController();
    const answer = encoder.encodeRequest(makeTexts(3000), { signal: leaving.signal });
    setImmediate(() => {
      leaving.abort(new Error('the client has left'));
    });
    await expect(answer).rejects.toThrow('the client has left');
    expect(encoder.waitingTexts).toBe(0);
    expect(await encoder.encodeRequest(makeTexts(2))).toHaveLength(2);
  });
});
