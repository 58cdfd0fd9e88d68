import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RandomSource } from '../../src/data/index.js';
import {
  type LinearBaseline,
  type LinearProgress,
  loadLinearBaseline,
  trainLinearBaseline,
} from '../../src/linear/index.js';
import { runOnThreads } from '../../src/linear/threads.js';
import { blocksOf, drawRows, limitsFor } from '../../src/linear/workload.js';
import type { LabelMatrix } from '../../src/metrics/index.js';
import { reference } from './reference.js';

function matrix(rows: readonly (readonly number[])[]): LabelMatrix {
  return { rows: rows.length, columns: rows[0]?.length ?? 0, values: Int8Array.from(rows.flat()) };
}

const { texts, newTexts } = reference;
const labels = matrix(reference.labelsWithUnknowns);

/** Texts over several chunks, whose words decide the labels. */
function makeCorpus(rows: number, columns: number): { texts: string[]; labels: LabelMatrix } {
  const random = new RandomSource(11);
  const drawn = Array.from({ length: rows }, () =>
    Array.from({ length: 6 }, () => random.nextInteger(4 * columns)),
  );
  const cells = drawn.map((words) =>
    Array.from({ length: columns }, (_, label) =>
      random.nextFloat() < 0.05 ? -1 : Number(words.some((word) => word % columns === label)),
    ),
  );
  return {
    texts: drawn.map((words) => words.map((word) => `w${word * 7919}`).join(' ')),
    labels: matrix(cells),
  };
}

let folder: string;
let baseline: LinearBaseline;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'linear-'));
  baseline = await trainLinearBaseline({ texts, labels, seed: 1, threads: 2 });
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function bytesOf(of: LinearBaseline): Promise<Buffer> {
  const path = join(folder, 'bytes');
  await of.save(path);
  return await readFile(path);
}

describe('trainLinearBaseline', () => {
  it('scores as scikit-learn does, within its tolerance', () => {
    const logits = baseline.scoreLogits(newTexts);
    reference.regressionsWithUnknowns.forEach((expected, label) => {
      expected.logits.forEach((logit, row) => {
        expect(Math.abs(logits[row * labels.columns + label] - logit)).toBeLessThan(0.02);
      });
    });
  });

  it('gives the same bytes for one thread and for several, and others for another seed', async () => {
    const corpus = makeCorpus(1100, 6);
    const bytes = async (threads: number, seed: number): Promise<Buffer> =>
      bytesOf(await trainLinearBaseline({ ...corpus, threads, seed }));
    const one = await bytes(1, 3);
    expect((await bytes(3, 3)).equals(one)).toBe(true);
    expect((await bytes(2, 4)).equals(one)).toBe(false);
  });

  it('looks at the rows it is given, and at no other', async () => {
    const rows = Int32Array.from(texts.keys()).filter((row) => row % 4 > 0);
    const chosen = await trainLinearBaseline({ texts, labels, rows, seed: 1, threads: 1 });
    const others = await trainLinearBaseline({
      texts: texts.map((text, row) => (row % 4 > 0 ? text : 'something else')),
      labels: matrix(
        reference.labelsWithUnknowns.map((cells, row) => (row % 4 > 0 ? cells : [1, 1, 1])),
      ),
      rows,
      seed: 1,
      threads: 1,
    });
    const alone = await trainLinearBaseline({
      texts: Array.from(rows, (row) => texts[row]),
      labels: matrix(Array.from(rows, (row) => reference.labelsWithUnknowns[row])),
      seed: 1,
      threads: 1,
    });
    const expected = await bytesOf(alone);
    expect((await bytesOf(chosen)).equals(expected)).toBe(true);
    expect((await bytesOf(others)).equals(expected)).toBe(true);
    expect((await bytesOf(baseline)).equals(expected)).toBe(false);
  });

  it('fits many labels, each as it would be fitted alone', async () => {
    const corpus = makeCorpus(400, 34);
    const many = await trainLinearBaseline({ ...corpus, seed: 2, threads: 2 });
    const scores = many.scoreLogits(corpus.texts);
    const { rows, columns, values } = corpus.labels;
    const single = { rows, columns: 1, values: values.filter((_, cell) => cell % columns === 20) };
    const alone = await trainLinearBaseline({ texts: corpus.texts, labels: single, seed: 2 });
    expect(alone.scoreLogits(corpus.texts)).toEqual(
      scores.filter((_, cell) => cell % columns === 20),
    );
    let [right, known] = [0, 0];
    values.forEach((value, cell) => {
      if (value >= 0) known++;
      if (value >= 0 && value === Number(scores[cell] > 0)) right++;
    });
    expect(right / known).toBeGreaterThan(0.95);
  });

  it('gives a label of one class a constant', async () => {
    const constant = matrix(reference.labels.map(([first]) => [1, first, 0, -1]));
    const trained = await trainLinearBaseline({ texts, labels: constant, seed: 1, threads: 2 });
    const rows = texts.length;
    const odds = Math.fround(Math.log((rows + 0.5) / 0.5));
    const logits = trained.scoreLogits(['anything', 'awful nonsense']);
    expect([logits[0], logits[2], logits[3]]).toEqual([odds, -odds, 0]);
    expect([logits[4], logits[6], logits[7]]).toEqual([odds, -odds, 0]);
    expect(logits[1]).not.toBe(logits[5]);
  });

  it.each([
    [
      'empty texts',
      ['', ' ', '', ''],
      [
        [1, 0],
        [0, 0],
        [0, 1],
        [0, 1],
      ],
      [Math.log(1 / 3), 0],
    ],
    ['one row', ['lonely'], [[1, 0]], [Math.log(3), -Math.log(3)]],
    ['no labels', ['some', 'text'], [[], []], []],
  ])('copes with %s', async (_, fewTexts, cells, expected) => {
    const few = {
      rows: cells.length,
      columns: expected.length,
      values: Int8Array.from(cells.flat()),
    };
    const trained = await trainLinearBaseline({
      texts: fewTexts,
      labels: few,
      seed: 1,
      threads: 2,
    });
    const logits = trained.scoreLogits(['lonely']);
    expect(logits).toHaveLength(expected.length);
    expected.forEach((value, label) => {
      expect(logits[label]).toBeCloseTo(value, 2);
    });
  });

  it('refuses labels that do not fit the texts, and rows that are not there', async () => {
    const fewer = texts.slice(1);
    await expect(trainLinearBaseline({ texts: fewer, labels, seed: 1 })).rejects.toThrow(
      RangeError,
    );
    const rows = Int32Array.of(0, texts.length);
    await expect(trainLinearBaseline({ texts, labels, rows, seed: 1 })).rejects.toThrow(RangeError);
  });

  it('tells how far it is, never going back', async () => {
    const corpus = makeCorpus(1100, 6);
    const told: LinearProgress[] = [];
    await trainLinearBaseline({ ...corpus, seed: 1, threads: 2, onProgress: (p) => told.push(p) });
    const reading = told.filter(({ phase }) => phase === 'reading');
    const fitting = told.slice(reading.length);
    expect(fitting.every(({ phase, total }) => phase === 'fitting' && total === 6)).toBe(true);
    expect(reading.at(-1)).toMatchObject({ done: 2200, total: 2200 });
    expect(fitting.at(-1)?.done).toBe(6);
    expect(fitting[0].note).toBe('pass 1');
    for (const part of [reading, fitting]) {
      part.slice(1).forEach(({ done }, at) => {
        expect(done).toBeGreaterThanOrEqual(part[at].done);
      });
    }
  });

  it.each(['reading', 'fitting'] as const)('can be interrupted while %s', async (phase) => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const training = trainLinearBaseline({
      ...makeCorpus(1100, 6),
      seed: 1,
      threads: 2,
      signal: controller.signal,
      onProgress: (progress) => {
        if (progress.phase === phase) controller.abort(reason);
      },
    });
    await expect(training).rejects.toBe(reason);
  });

  it('does not start when it is interrupted already', async () => {
    const signal = AbortSignal.abort(new Error('never'));
    const told: LinearProgress[] = [];
    const onProgress = (progress: LinearProgress): number => told.push(progress);
    const training = trainLinearBaseline({ texts, labels, seed: 1, signal, onProgress });
    await expect(training).rejects.toThrow('never');
    expect(told).toEqual([]);
  });
});

describe('LinearBaseline', () => {
  it('scores the same alone, in a batch and in a stream', async () => {
    const all = [...texts, ...newTexts];
    const logits = baseline.scoreLogits(all);
    const alone = all.flatMap((text) => [...baseline.scoreLogits([text])]);
    expect(alone).toEqual([...logits]);
    const { rows, columns, values } = await baseline.score(all);
    expect([rows, columns]).toEqual([all.length, 3]);
    expect(values).toEqual(logits.map((logit) => 1 / (1 + Math.exp(-logit))));
    const streamed: number[] = [];
    const sizes: number[] = [];
    for await (const batch of baseline.scoreBatches(all.values(), { batchRows: 30 })) {
      streamed.push(...batch.values);
      sizes.push(batch.rows);
    }
    expect(streamed).toEqual([...values]);
    expect(sizes).toEqual([30, 30, all.length - 60]);
  });

  it('reads a stream no faster than its scores are taken, and lets go of it', async () => {
    let given = 0;
    let isClosed = false;
    async function* endless(): AsyncGenerator<string> {
      try {
        for (;;) {
          given++;
          yield await Promise.resolve('a text');
        }
      } finally {
        isClosed = true;
      }
    }
    for await (const { rows } of baseline.scoreBatches(endless(), { batchRows: 4 })) {
      expect(rows).toBe(4);
      if (given > 8) break;
    }
    expect(given).toBe(12);
    expect(isClosed).toBe(true);
  });

  it('stops scoring when interrupted', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(baseline.score(texts, { signal })).rejects.toThrow('enough');
  });

  it('scores nothing as nothing', async () => {
    expect(await baseline.score([])).toEqual({ rows: 0, columns: 3, values: new Float32Array() });
  });

  it('scores the same to the last bit after saving and loading', async () => {
    const path = join(folder, 'saved');
    await baseline.save(path);
    const loaded = await loadLinearBaseline(path);
    expect([loaded.labels, loaded.features]).toEqual([baseline.labels, baseline.features]);
    expect(loaded.scoreLogits(texts)).toEqual(baseline.scoreLogits(texts));
    expect((await bytesOf(loaded)).equals(await readFile(path))).toBe(true);
  });
});

describe('loadLinearBaseline', () => {
  /** Saves, changes the header's text or the bytes of a tensor, and loads. */
  async function loadChanged(change: (bytes: Buffer, dataStart: number) => void): Promise<unknown> {
    const bytes = await bytesOf(baseline);
    change(bytes, 8 + Number(bytes.readBigUInt64LE(0)));
    const path = join(folder, 'changed');
    await writeFile(path, bytes);
    return await loadLinearBaseline(path);
  }
  const replace = (from: string, to: string) => (bytes: Buffer) => {
    const at = bytes.indexOf(from);
    expect(at).toBeGreaterThan(0);
    expect(to).toHaveLength(from.length);
    bytes.write(to, at);
  };

  it.each<[string, (bytes: Buffer, dataStart: number) => void, string]>([
    ['another format', replace('baseline 1', 'baseline 2'), 'header does not say'],
    ['a tensor of another name', replace('"intercepts"', '"interceptx"'), 'no tensor intercepts'],
    ['a tensor of another type', replace('"F32","shape":[3]', '"I32","shape":[3]'), 'is int32 [3]'],
    ['rows that are no number', replace('"rows":"83"', '"rows":"8x"'), 'number of rows'],
    [
      'more words than n-grams',
      replace('"word_features":"166"', '"word_features":"966"'),
      'out of',
    ],
    ['too few rows', replace('"rows":"83"', '"rows":"01"'), 'impossible number of rows'],
    ['an n-gram beyond the buckets', (b, at) => b.writeInt32LE(2 ** 23, at), 'n-gram 0 is out of'],
    ['an n-gram below the buckets', (b, at) => b.writeInt32LE(-1, at), 'n-gram 0 is out of'],
    ['an n-gram twice', (b, at) => b.copy(b, at, at + 4, at + 8), 'n-gram 1 is out of place'],
    ['a weight that is no number', (b) => b.writeFloatLE(NaN, b.length - 4), 'is not a number'],
  ])('refuses %s', async (_, change, problem) => {
    await expect(loadChanged(change)).rejects.toMatchObject({
      code: 'BASELINE_INVALID',
      message: expect.stringContaining(problem) as string,
    });
  });

  it('refuses a file that is cut short, and one that is missing', async () => {
    const path = join(folder, 'short');
    await writeFile(path, (await bytesOf(baseline)).subarray(0, -1));
    await expect(loadLinearBaseline(path)).rejects.toMatchObject({
      code: 'SAFETENSORS_SIZE_WRONG',
    });
    await expect(loadLinearBaseline(join(folder, 'none'))).rejects.toMatchObject({
      code: 'MODEL_FILE_UNREADABLE',
    });
  });
});

describe('runOnThreads', () => {
  it('passes on what a thread throws', async () => {
    const inverseDocumentFrequencies = new Float64Array(1);
    const run = runOnThreads(
      {
        phase: 'encode',
        setup: { table: new Int32Array(1), inverseDocumentFrequencies },
        tasks: 3,
        makeTask: () => [],
      },
      { threads: 2, onResult: () => undefined },
    );
    await expect(run).rejects.toThrow('1 buckets and 1 features');
  });
});

describe('the shape of the work', () => {
  it('deals labels out evenly', () => {
    expect(blocksOf([0, 1, 2, 3, 4, 5], 2)).toEqual([
      [0, 2, 4],
      [1, 3, 5],
    ]);
    expect(blocksOf([0, 1, 2, 3, 4, 5], 1).map((block) => block.length)).toEqual([3, 3]);
    expect(blocksOf([7], 8)).toEqual([[7]]);
    expect(blocksOf([], 2)).toEqual([]);
    expect(
      blocksOf(
        Array.from({ length: 34 }, (_, label) => label),
        2,
      ),
    ).toHaveLength(10);
  });

  it('draws as many rows as there is room for', () => {
    const rows = Int32Array.from({ length: 100 }, (_, row) => 3 * row);
    const vocabulary = {
      buckets: Int32Array.of(1, 2),
      documentCounts: Int32Array.of(90, 60),
      wordFeatures: 0,
      rows: 100,
    };
    expect(drawRows(rows, vocabulary, 1, 150)).toBe(rows);
    const drawn = drawRows(rows, vocabulary, 1, 60);
    expect(drawn).toHaveLength(40);
    expect([...new Set(drawn)].every((row) => rows.includes(row))).toBe(true);
    expect([...drawn]).toEqual([...new Set(drawn)].toSorted((a, b) => a - b));
    expect(drawRows(rows, vocabulary, 1, 60)).toEqual(drawn);
    expect(drawRows(rows, vocabulary, 2, 60)).not.toEqual(drawn);
  });

  it('keeps fewer n-grams for more labels than memory has room for', () => {
    const { words, characters } = limitsFor(34);
    expect(limitsFor(6)).toEqual(limitsFor(34));
    const fewer = limitsFor(4000);
    expect(4000 * (fewer.words + fewer.characters)).toBeLessThanOrEqual(2 ** 26);
    expect(fewer.characters / fewer.words).toBeCloseTo(characters / words, 1);
  });
});
