// Tables in batches, in order, and in files; texts with marks; figures as text; addresses of views.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRoute, routeAddress, views } from '../../../studio/classifier/session/routing.js';
import { isUsableKey } from '../../../studio/classifier/session/service-key.js';
import { scoreText, shareText, signedText } from '../../../studio/classifier/shell/texts.js';
import { scoreInBatches } from '../../../studio/classifier/table/batch-scoring.js';
import { countFlagged, orderRows } from '../../../studio/classifier/table/row-order.js';
import { scoredCsv } from '../../../studio/classifier/table/scored-csv.js';
import { joinWords, markText, strongestWords } from '../../../studio/classifier/try/text-marks.js';
import { ServiceProblem } from '../../../studio/service/service-client.js';

describe('scoreInBatches', () => {
  const texts = Array.from({ length: 25 }, (_, index) => String(index));

  async function run(
    score: (batch: readonly string[]) => Promise<readonly number[]>,
    signal = new AbortController().signal,
  ) {
    const results: number[] = [];
    const waits: number[] = [];
    let atWork = 0;
    let mostAtWork = 0;
    await scoreInBatches<number>(texts, {
      batchSize: 4,
      parallel: 2,
      signal,
      score: async (batch) => {
        mostAtWork = Math.max(mostAtWork, ++atWork);
        try {
          return await score(batch);
        } finally {
          atWork--;
        }
      },
      onBatch: (first, batch) => {
        for (const [index, value] of batch.entries()) results[first + index] = value;
      },
      wait: (seconds) => {
        waits.push(seconds);
        return Promise.resolve();
      },
    });
    return { results, waits, mostAtWork };
  }

  it('scores every text once, few at a time, and waits for a busy service', async () => {
    let refusals = 3;
    const { results, waits, mostAtWork } = await run(async (batch) => {
      await Promise.resolve();
      if (refusals-- > 0) throw new ServiceProblem('busy', 503, refusals === 1 ? 7 : undefined);
      return batch.map(Number);
    });
    expect(results).toEqual(texts.map(Number));
    expect(waits).toHaveLength(3);
    expect(waits).toContain(7);
    expect(mostAtWork).toBe(2);
  });

  it('ends with the first error, and when it is cancelled', async () => {
    const broken = new ServiceProblem('broken', 500);
    let asked = 0;
    await expect(
      run(() => {
        asked++;
        return Promise.reject(broken);
      }),
    ).rejects.toBe(broken);
    expect(asked).toBeLessThanOrEqual(2);
    const cancelled = new AbortController();
    const reason = new Error('cancelled');
    const running = run((batch) => {
      cancelled.abort(reason);
      return Promise.resolve(batch.map(Number));
    }, cancelled.signal);
    await expect(running).rejects.toBe(reason);
  });
});

describe('orderRows', () => {
  // Rows: 0 (0.9, 0.1), 1 not scored, 2 (0.2, 0.8), 3 (0.2, 0.1).
  const scores = Float32Array.of(0.9, 0.1, Number.NaN, Number.NaN, 0.2, 0.8, 0.2, 0.1);
  const table = { rows: 4, labels: 2, scores };
  const thresholds = [0.5, 0.5];
  const up = { by: 'label', label: 0, descending: false } as const;

  it.each([
    [{ by: 'row' }, 'all', [0, 1, 2, 3]],
    [up, 'all', [2, 3, 0, 1]],
    [{ ...up, descending: true }, 'all', [0, 2, 3, 1]],
    [{ by: 'row' }, 'any', [0, 2]],
    [{ by: 'row' }, 'none', [3]],
    [{ by: 'row' }, 1, [2]],
  ] as const)('%j, %s', (order, filter, rows) => {
    expect([...orderRows(table, order, filter, thresholds)]).toEqual(rows);
  });

  it('counts what filters leave', () => {
    expect(countFlagged(table, thresholds)).toEqual({ scored: 3, any: 2, byLabel: [1, 1] });
  });

  it('is saved with its own columns, unscored cells empty', () => {
    const source = { columns: ['text', 'x'], rows: [['a', '1'], ['b'], ['c', ''], ['=d', '']] };
    const shown = Uint32Array.of(3, 1);
    expect(scoredCsv(source, table, shown, ['p', 'q'], thresholds)).toBe(
      "\uFEFFtext,x,p_score,q_score,p_flagged,q_flagged\r\n'=d,,0.2,0.1,0,0\r\nb,,,,,\r\n",
    );
  });
});

describe('marks', () => {
  it('join pieces of words, and leave the text as it is', () => {
    const text = 'You unfriendly fool!';
    const tokens = [
      { begin: 4, end: 6, weight: 0.5 },
      { begin: 6, end: 14, weight: 0.5 },
      { begin: 15, end: 19, weight: 2 },
      { begin: 19, end: 20, weight: -1 },
      { begin: 0, end: 3, weight: 0.01 },
    ];
    const words = joinWords(text, tokens);
    expect(words.map((word) => word.text)).toEqual(['You', 'unfriendly', 'fool', '!']);
    expect(markText(text, words)).toEqual([
      { text: 'You ', strength: 0 },
      { text: 'unfriendly', strength: 2 },
      { text: ' ', strength: 0 },
      { text: 'fool', strength: 4 },
      { text: '!', strength: -2 },
    ]);
    const { raising, lowering } = strongestWords(words, 6);
    expect(raising.map((word) => word.text)).toEqual(['fool', 'unfriendly']);
    expect(lowering.map((word) => word.text)).toEqual(['!']);
  });

  it('show every character once, whatever the offsets', () => {
    const token = fc.record({
      begin: fc.integer({ min: -2, max: 14 }),
      end: fc.integer({ min: -2, max: 14 }),
      weight: fc.double({ min: -1, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.array(token), (text, tokens) => {
        const marks = markText(text, joinWords(text, tokens));
        expect(marks.map((mark) => mark.text).join('')).toBe(text);
      }),
    );
  });
});

it.each([
  [scoreText(0), '0.000'],
  [scoreText(0.0001), '<0.001'],
  [scoreText(0.99999), '>0.999'],
  [scoreText(1), '1.000'],
  [shareText(0.25), '25.0 %'],
  [shareText(1), '100 %'],
  [shareText(0.0001), '<0.1 %'],
  [shareText(null), '–'],
  [signedText(-1.23456), '−1.235'],
])('figures: %s', (text, expected) => {
  expect(text).toBe(expected);
});

it('addresses name views and models', () => {
  for (const view of views) {
    for (const model of [undefined, 'a b&c=d']) {
      expect(readRoute(routeAddress({ view, model }))).toEqual({ view, model });
    }
  }
  expect(readRoute('#/nowhere').view).toBe('try');
});

it('keys are what a header can carry', () => {
  expect([
    isUsableKey('pt_abc-123'),
    isUsableKey('a b'),
    isUsableKey('é'),
    isUsableKey(''),
  ]).toEqual([true, false, false, false]);
});
