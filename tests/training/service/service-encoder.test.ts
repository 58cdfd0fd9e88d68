// Services that share the work: the order of vectors, what is under way, and every way to fail.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeRows } from '../../../src/training/encoded-rows.js';
import { EncodingCache } from '../../../src/training/encoding-cache.js';
import {
  ServiceEncoder,
  type ServiceEncoderOptions,
} from '../../../src/training/service/service-encoder.js';
import { expectRefusal } from '../../classifier/support/refusal.js';
import { FakeService, nextTurn, usualStatus, vectorOf } from './fake-service.js';

const patience = { pulse: 5, status: 1000, answer: 60_000 };
const textsOf = (count: number): string[] => Array.from({ length: count }, (_, at) => `text ${at}`);

async function encodeAll(
  services: readonly FakeService[],
  texts: Iterable<string> | AsyncIterable<string>,
  options: ServiceEncoderOptions & { signal?: AbortSignal } = {},
): Promise<number[][]> {
  const encoder = await ServiceEncoder.open(services, { textsPerRequest: 4, patience, ...options });
  try {
    const vectors: number[][] = [];
    for await (const vector of encoder.encode(texts, options.signal)) vectors.push([...vector]);
    return vectors;
  } finally {
    await encoder.close();
  }
}

const expected = (texts: readonly string[]): number[][] => texts.map((text) => vectorOf(text, 3));
const never = (): Promise<void> => new Promise(() => undefined);

describe('ServiceEncoder', () => {
  it('gives vectors in the order of the texts, whichever service answers first', async () => {
    const turns = (count: number) => async (): Promise<void> => {
      for (let turn = 0; turn < count; turn++) await nextTurn();
    };
    const slow = new FakeService('tcp://slow:5555', { beforeAnswer: turns(9) });
    const fast = new FakeService('tcp://fast:5555');
    const texts = textsOf(101);
    expect(await encodeAll([slow, fast], texts)).toEqual(expected(texts));
    expect(fast.asked.length).toBeGreaterThan(slow.asked.length);
    expect([slow.isClosed, fast.isClosed]).toEqual([true, true]);
  });

  it('gives nothing for nothing', async () => {
    expect(await encodeAll([new FakeService('tcp://a:5555')], [])).toEqual([]);
  });

  it('has a bounded number of texts under way, and reads no further ahead', async () => {
    const service = new FakeService('tcp://a:5555');
    let read = 0;
    let given = 0;
    let mostAhead = 0;
    function* source(): Generator<string, void, undefined> {
      for (const text of textsOf(200)) {
        read++;
        mostAhead = Math.max(mostAhead, read - given);
        yield text;
      }
    }
    const encoder = await ServiceEncoder.open([service], {
      textsPerRequest: 4,
      requestsPerService: 2,
      patience,
    });
    for await (const vector of encoder.encode(source())) if (vector.length === 3) given++;
    expect(given).toBe(200);
    expect(service.mostUnderWay).toBe(2);
    expect(service.mostTexts).toBe(4);
    // Four requests of four, and the text that showed that one was full, and the request that was just given.
    expect(mostAhead).toBeLessThanOrEqual(4 * 4 + 4 + 1);
  });

  it('gives the part of a service that dies to the others, and says so once', async () => {
    const dying = new FakeService('tcp://dying:5555', {
      beforeAnswer: (_, service) => {
        if (service.asked.length > 20) service.isDead = true;
      },
    });
    const warnings: string[] = [];
    const texts = textsOf(100);
    const vectors = await encodeAll([dying, new FakeService('tcp://b:5555')], texts, {
      onWarning: (sentence) => warnings.push(sentence),
    });
    expect(vectors).toEqual(expected(texts));
    expect(warnings).toEqual([
      'no answer from tcp://dying:5555 within 5000 ms; the other services encode its texts',
    ]);
  });

  it('notices a service that neither answers nor says what it is', async () => {
    const dying = new FakeService('tcp://dying:5555', {
      beforeAnswer: (texts, service) => {
        if (texts[0] === 'width') return;
        service.isDead = true;
        return never();
      },
    });
    const texts = textsOf(30);
    expect(await encodeAll([dying, new FakeService('tcp://b:5555')], texts)).toEqual(
      expected(texts),
    );
  });

  it('gives up a service that lives and never answers', async () => {
    const stuck = new FakeService('tcp://stuck:5555', {
      beforeAnswer: (texts) => (texts[0] === 'width' ? undefined : never()),
    });
    const texts = textsOf(30);
    const options = { patience: { ...patience, answer: 50 } };
    expect(await encodeAll([stuck, new FakeService('tcp://b:5555')], texts, options)).toEqual(
      expected(texts),
    );
  });

  it('ends in a sentence when no service is left', async () => {
    const dying = (address: string) =>
      new FakeService(address, {
        beforeAnswer: (_, service) => {
          if (service.asked.length > 20) service.isDead = true;
        },
      });
    await expectRefusal(
      encodeAll([dying('tcp://a:5555'), dying('tcp://b:5555')], textsOf(500)),
      'NO_SERVICE_LEFT',
      'tcp://a:5555, tcp://b:5555',
      'no answer from tcp://',
    );
  });

  it('gives none of the vectors of a service that became another one', async () => {
    const service = new FakeService('tcp://a:5555', {
      beforeAnswer: (texts, self) => {
        if (texts.includes('text 8')) self.reported = { ...usualStatus, pooling_layer: [-1] };
      },
    });
    const given: number[][] = [];
    const encoder = await ServiceEncoder.open([service], {
      textsPerRequest: 4,
      requestsPerService: 1,
      patience,
    });
    const attempt = (async () => {
      for await (const vector of encoder.encode(textsOf(40))) given.push([...vector]);
    })();
    await expectRefusal(attempt, 'SERVICE_CHANGED', 'pooling_layer is [-1], not [-2]');
    expect(given).toEqual(expected(textsOf(8)));
  });

  it('lets errors through that are not about a service that is gone', async () => {
    const service = new FakeService('tcp://a:5555', {
      beforeAnswer: (texts) => {
        if (texts[0] !== 'width') throw new TypeError('a bug');
      },
    });
    await expect(encodeAll([service], textsOf(9))).rejects.toThrow('a bug');
    async function* failing(): AsyncGenerator<string, void, undefined> {
      yield* textsOf(9);
      await nextTurn();
      throw new RangeError('the table ends here');
    }
    const sound = new FakeService('tcp://b:5555');
    await expect(encodeAll([sound], failing())).rejects.toThrow('the table ends here');
  });

  it('ends at once when it is aborted', async () => {
    const controller = new AbortController();
    const stuck = new FakeService('tcp://a:5555', {
      beforeAnswer: (texts) => {
        if (texts[0] === 'width') return;
        controller.abort(new DOMException('interrupted', 'AbortError'));
        return never();
      },
    });
    const { signal } = controller;
    await expect(encodeAll([stuck], textsOf(90), { signal })).rejects.toThrow('interrupted');
    expect(stuck.isClosed).toBe(true);
  });

  it('gives every vector once and in order, whichever services die when', async () => {
    const deaths = fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 0, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(deaths, fc.integer({ min: 0, max: 70 }), async (dyingAfter, count) => {
        const services = dyingAfter.map(
          (texts, at) =>
            new FakeService(`tcp://dying-${at}:5555`, {
              beforeAnswer: (_, service) => {
                if (service.asked.length > texts + 1) service.isDead = true;
              },
            }),
        );
        const texts = textsOf(count);
        const vectors = await encodeAll([...services, new FakeService('tcp://b:5555')], texts);
        expect(vectors).toEqual(expected(texts));
      }),
      { numRuns: 60, seed: 4 },
    );
  });
});

describe('a run that no service is left for', () => {
  it('goes on from what was encoded before', async () => {
    const root = mkdtempSync(join(tmpdir(), 'polytag-services-'));
    try {
      const cache = await EncodingCache.open(root, 'key', 3);
      const texts = textsOf(2500);
      const encodeBy = async (service: FakeService): Promise<number[]> => {
        const encoder = await ServiceEncoder.open([service], { patience });
        const rows = {
          width: 3,
          async *encode(missing: readonly string[]) {
            for await (const values of encoder.encode(missing)) yield { values, truncated: false };
          },
        };
        return [...(await encodeRows(rows, texts, { cache })).features];
      };
      const dying = new FakeService('tcp://a:5555', {
        beforeAnswer: (_, service) => {
          if (service.asked.length > 2048) service.isDead = true;
        },
      });
      await expectRefusal(encodeBy(dying), 'NO_SERVICE_LEFT', 'tcp://a:5555');
      const next = new FakeService('tcp://b:5555');
      expect(await encodeBy(next)).toEqual(expected(texts).flat());
      // The word that tells the width, and what was not in a whole segment of the cache.
      expect(next.asked.length).toBe(1 + 2500 - 1024);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });
});

describe('ServiceEncoder.open', () => {
  it('refuses services that are not the same, and closes them', async () => {
    const other = { status: { ...usualStatus, max_seq_len: 50, do_lower_case: false } };
    const services = [new FakeService('tcp://a:5555'), new FakeService('tcp://b:5555', other)];
    await expectRefusal(
      ServiceEncoder.open(services),
      'SERVICES_DIFFER',
      'tcp://a:5555 and tcp://b:5555',
      'max_seq_len is 50, not 25; do_lower_case is false, not true',
    );
    expect(services.map(({ isClosed }) => isClosed)).toEqual([true, true]);
  });

  it('refuses services whose vectors are not equally wide', async () => {
    const services = [
      new FakeService('tcp://a:5555'),
      new FakeService('tcp://b:5555', { width: 5 }),
    ];
    const attempt = ServiceEncoder.open(services);
    await expectRefusal(attempt, 'SERVICES_DIFFER', 'vectors have 5 numbers, not 3');
  });

  it('refuses a service that is not there', async () => {
    const dead = new FakeService('tcp://a:5555');
    dead.isDead = true;
    await expectRefusal(ServiceEncoder.open([dead]), 'SERVICE_SILENT', 'tcp://a:5555');
    expect(dead.isClosed).toBe(true);
  });
});
