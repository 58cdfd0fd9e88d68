// Feedback: what is acknowledged is on the disk and can be trained on, whatever crashed or was full meanwhile.
import { mkdtemp, open, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { appendFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { readLabelledTable } from '../../../../src/data/index.js';
import type { FeedbackRow } from '../../../../src/server/operations/feedback/feedback-format.js';
import { FeedbackStore } from '../../../../src/server/operations/feedback/feedback-store.js';

const labels = ['toxic', 'insult', 'threat'];

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polytag-feedback-'));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

function row(id: string, text: string, given: Readonly<Record<string, 0 | 1>>): FeedbackRow {
  return { id, text, labels: new Map(Object.entries(given)) };
}

const sample: readonly FeedbackRow[] = [
  row('r1', 'you, "sir", are\r\na fool', { toxic: 1, insult: 1 }),
  row('r2', ' have a nice day ', { toxic: 0, insult: 0, threat: 0 }),
  row('r3', '=1+1\n\n"', { threat: 1 }),
  row('r4', 'naïve 😀 text\u0000', {}),
  row('r5', 'an ordinary comment of some words', { toxic: 0 }),
];

it.each(['rows.csv', 'rows.jsonl'])('writes %s as training reads it', async (name) => {
  const path = join(folder, name);
  const store = await FeedbackStore.open(path, { labels });
  await Promise.all(sample.map((one) => store.add(one)));
  await store.close();
  const table = await readLabelledTable(path);
  expect(table.textColumn).toBe('text');
  expect(table.labelNames).toEqual(labels);
  expect(table.texts).toEqual(sample.map(({ text }) => text));
  expect([...table.labels.values]).toEqual([1, 1, -1, 0, 0, 0, -1, -1, 1, -1, -1, -1, 0, -1, -1]);
  expect(store.figures.rows).toBe(5);
});

it('writes every text so that another reader of CSV reads it back', async () => {
  const texts = fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(texts, async (all) => {
      const path = join(folder, 'rows.csv');
      await rm(path, { force: true });
      const store = await FeedbackStore.open(path, { labels: ['a,b', '"'] });
      for (const [index, text] of all.entries())
        await store.add(row(String(index), text, { 'a,b': 1 }));
      await store.close();
      const read = parse<Record<string, string>>(await readFile(path), { columns: true });
      expect(read.map((one) => [one.id, one.text, one['a,b'], one['"']])).toEqual(
        all.map((text, index) => [String(index), text, '1', '']),
      );
    }),
    { numRuns: 12 },
  );
});

it.each(['rows.csv', 'rows.jsonl'])(
  'goes on after a crash in the middle of a row of %s',
  async (name) => {
    const path = join(folder, name);
    const store = await FeedbackStore.open(path, { labels });
    for (const one of sample) await store.add(one);
    await store.close();
    const whole = await readFile(path);
    // Every cut would take long; these are in the header, in quotes, at line ends inside them, and between rows.
    for (let cut = 0; cut <= whole.length; cut += 19) {
      await writeFile(path, whole);
      await truncate(path, cut);
      await rm(`${path}.torn`, { force: true });
      const again = await FeedbackStore.open(path, { labels });
      await again.add(row('after', 'the row after it', { toxic: 1 }));
      await again.close();
      const names = (await readdir(folder)).filter((other) => other.startsWith('rows-'));
      // A header that is cut short is taken for another file's, and kept under another name.
      for (const other of names) await rm(join(folder, other));
      const table = await readLabelledTable(path, { text: 'text', labels });
      const complete = table.texts.length - 1;
      expect(table.texts).toEqual([
        ...sample.slice(0, complete).map(({ text }) => text),
        'the row after it',
      ]);
      const torn = await readFile(`${path}.torn`).catch(() => Buffer.alloc(0));
      const lost = names.length > 0 ? 0 : cut;
      const kept = (await readFile(path)).length;
      expect(kept + torn.length).toBeGreaterThanOrEqual(lost);
    }
  },
);

it('keeps full files under names with the time, and refuses when all room is used', async () => {
  const path = join(folder, 'rows.csv');
  const store = await FeedbackStore.open(path, { labels, fileBytes: 300, totalBytes: 1_000 });
  let kept = 0;
  for (;;) {
    try {
      await store.add(row(`row ${kept}`, 'x'.repeat(50), { toxic: 1 }));
      kept += 1;
    } catch (error) {
      expect(error).toMatchObject({ code: 'TOO_BUSY', message: /room for feedback is used up/ });
      break;
    }
  }
  await store.close();
  const names = await readdir(folder);
  let rows = 0;
  let bytes = 0;
  for (const name of names) {
    expect(name).toMatch(/^rows(-\d{8}T\d{6}Z(-\d+)?)?\.csv$/);
    rows += (await readLabelledTable(join(folder, name), { text: 'text', labels })).texts.length;
    bytes += (await readFile(join(folder, name))).length;
  }
  expect(names.length).toBeGreaterThan(2);
  expect(rows).toBe(kept);
  expect(bytes).toBeLessThanOrEqual(1_000);
  expect(store.figures).toEqual({ rows: kept, refusedRows: 1, bytes });
  // Whoever starts again finds the same room used.
  const again = await FeedbackStore.open(path, { labels, fileBytes: 300, totalBytes: 1_000 });
  await expect(again.add(row('r', 'x'.repeat(50), {}))).rejects.toMatchObject({ code: 'TOO_BUSY' });
  await again.close();
});

it('gives a file of other labels another name', async () => {
  const path = join(folder, 'rows.csv');
  await writeFile(path, 'id,text,other\n1,hello,1\n');
  const store = await FeedbackStore.open(path, { labels });
  await store.add(row('r', 'hello', { toxic: 1 }));
  await store.close();
  const [aside] = (await readdir(folder)).filter((name) => name !== 'rows.csv');
  expect(await readFile(join(folder, aside), 'utf8')).toBe('id,text,other\n1,hello,1\n');
});

it('leaves the file as it was when the disk is full in the middle of a row, at whichever call', async () => {
  const path = join(folder, 'rows.csv');
  const failures: unknown[] = [];
  const store = await FeedbackStore.open(path, {
    labels,
    onFailure: (error) => failures.push(error),
  });
  await store.add(row('before', 'a text', { toxic: 1 }));
  const before = await readFile(path);
  const probe = await open(path);
  const handles = Object.getPrototypeOf(probe) as typeof probe;
  await probe.close();
  const full = Object.assign(new Error('full'), { code: 'ENOSPC' });
  // Five bytes go out, and then the disk is full.
  const shortly = (bytes: Uint8Array, start: number): Promise<never> => {
    if (start > 0) return Promise.reject(full);
    appendFileSync(path, bytes.subarray(0, 5));
    return Promise.resolve({ bytesWritten: 5, buffer: bytes } as never);
  };
  vi.spyOn(handles, 'write')
    .mockImplementationOnce(shortly as never)
    .mockImplementationOnce(shortly as never);
  await expect(store.add(row('lost', 'another', {}))).rejects.toMatchObject({
    code: 'TOO_BUSY',
    status: 503,
  });
  expect(await readFile(path)).toEqual(before);
  vi.spyOn(handles, 'datasync').mockRejectedValueOnce(full);
  await expect(store.add(row('lost', 'another', {}))).rejects.toMatchObject({ code: 'TOO_BUSY' });
  expect(await readFile(path)).toEqual(before);
  vi.restoreAllMocks();
  await store.add(row('after', 'a third', { toxic: 0 }));
  await store.close();
  expect((await readLabelledTable(path, { text: 'text', labels })).texts).toEqual([
    'a text',
    'a third',
  ]);
  expect(failures).toMatchObject([{ code: 'DISK_FULL' }, { code: 'DISK_FULL' }]);
});

it('belongs to one service at a time', async () => {
  const path = join(folder, 'rows.csv');
  const store = await FeedbackStore.open(path, { labels });
  await store.add(row('first', 'a text', { toxic: 1 }));
  const before = await readFile(path);
  await expect(FeedbackStore.open(path, { labels: ['other'] })).rejects.toMatchObject({
    code: 'FEEDBACK_FILE_UNSUITABLE',
    message: expect.stringContaining('another service keeps its feedback there') as string,
  });
  expect(await readFile(path)).toEqual(before);
  await store.add(row('second', 'a text', { toxic: 1 }));
  await store.close();
  const next = await FeedbackStore.open(path, { labels });
  await next.add(row('third', 'a text', { toxic: 1 }));
  await next.close();
  const { texts } = await readLabelledTable(path, { text: 'text', labels });
  expect(texts).toHaveLength(3);
  expect(await readdir(folder)).toEqual(['rows.csv']);
});

it('refuses what it cannot keep', async () => {
  await expect(FeedbackStore.open(join(folder, 'rows.txt'), { labels })).rejects.toMatchObject({
    code: 'FEEDBACK_FILE_UNSUITABLE',
  });
  await expect(FeedbackStore.open(join(folder, 'rows.csv'), { labels: ['text'] })).rejects.toThrow(
    /a label "text"/,
  );
  await expect(
    FeedbackStore.open(join(folder, 'no', 'rows.csv'), { labels }),
  ).rejects.toMatchObject({
    code: 'WRITE_FAILED',
  });
  const store = await FeedbackStore.open(join(folder, 'rows.csv'), { labels });
  await expect(store.add(row('r', 'text', { unknown: 1 }))).rejects.toMatchObject({
    code: 'REQUEST_INVALID',
  });
  const many = Array.from({ length: 3_000 }, (_, index) =>
    store.add(row(String(index), 'text', {})),
  );
  const outcomes = await Promise.allSettled(many);
  const refused = outcomes.filter(({ status }) => status === 'rejected').length;
  expect(refused).toBe(2_000);
  await store.close();
});
