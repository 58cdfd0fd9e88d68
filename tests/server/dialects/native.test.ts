// polytag's own interface over a real socket, on a tiny model.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ask,
  type RunningClassifiers,
  startClassifiers,
  temporaryFolder,
  writeTinyModel,
} from '../support/served-models.js';

const root = temporaryFolder();
const folder = join(root, 'model');
const labels = ['toxic', 'insult', '__proto__', '7'];
let running: RunningClassifiers;
let origin: string;

interface LabelScore {
  readonly label: string;
  readonly score: number;
  readonly threshold: number;
  readonly flagged: boolean;
  readonly sentences?: readonly { begin: number; end: number; score: number | null }[];
}
interface TextResult {
  readonly labels: readonly LabelScore[];
  readonly tokens: number;
  readonly truncated: number;
  readonly windows: number;
}

beforeAll(async () => {
  await writeTinyModel(folder);
  running = await startClassifiers({ toxic: folder, tiny: 'tests/fixtures/tf-bert-tiny' });
  origin = running.origin;
});
afterAll(async () => {
  await running.end();
  expect(running.failures).toEqual([]);
});

describe('POST /v1/score', () => {
  it('says for each text and label the score, the threshold and the decision', async () => {
    const texts = ['you are an idiot', 'thanks', 'long '.repeat(200)];
    const { status, body, headers } = await ask(`${origin}/v1/score`, { texts });
    expect(status).toBe(200);
    expect(body).toMatchObject({ model: 'toxic', thresholds_version: 1 });
    expect(body.version).toMatch(/^[0-9a-f]{16}$/);
    const results = body.results as TextResult[];
    expect(results).toHaveLength(3);
    for (const result of results) {
      expect(result.labels.map(({ label }) => label)).toEqual(labels);
      for (const { score, threshold, flagged } of result.labels) {
        expect(score).toBeGreaterThan(0);
        expect(score).toBeLessThan(1);
        expect(flagged).toBe(score >= threshold);
      }
    }
    expect(results[2].windows).toBeGreaterThan(1);
    const tokens = results.reduce((sum, result) => sum + result.tokens, 0);
    expect(body.usage).toEqual({ texts: 3, tokens });
    expect(headers.get('server-timing')).toMatch(
      /^tokenize;dur=[\d.]+, queue;dur=[\d.]+, compute;dur=[\d.]+, total;dur=[\d.]+$/,
    );
  });

  it('answers one text, some labels, a named model', async () => {
    const asked = { text: 'you', model: 'toxic', labels: ['7', 'toxic'] };
    const { body } = await ask(`${origin}/v1/score`, asked);
    const [{ labels: scored }] = body.results as TextResult[];
    expect(scored.map(({ label }) => label)).toEqual(['7', 'toxic']);
  });

  it('scores sentences by themselves where it is asked to', async () => {
    const text = 'You are good. You are bad!';
    const { body } = await ask(`${origin}/v1/score`, { text, explain: true });
    const [{ labels: scored }] = body.results as TextResult[];
    for (const { sentences = [] } of scored) {
      expect(sentences.map(({ begin, end }) => text.slice(begin, end).trim())).toEqual([
        'You are good.',
        'You are bad!',
      ]);
    }
  });

  it.each([
    [{}, 400, 'texts is missing'],
    [{ texts: [] }, 400, 'texts is empty'],
    [{ texts: ['a', 1] }, 400, 'texts[1] is a number'],
    [{ text: 'a', texts: ['a'] }, 400, 'expected one of them'],
    [{ text: 'a', labels: ['rude'] }, 400, 'no label of toxic'],
    [{ text: 'a', model: 'nothing' }, 404, 'no classifier is served'],
    [{ text: 'a', model: 'tiny' }, 404, 'no classifier is served'],
    [{ texts: Array.from({ length: 1025 }, () => 'a') }, 400, 'at most 1024'],
    [{ text: 'x'.repeat(65_537) }, 413, '65536 at most'],
  ])('refuses %#', async (asked, expected, sentence) => {
    const { status, body } = await ask(`${origin}/v1/score`, asked);
    expect(status).toBe(expected);
    const { message } = body.error as { message: string };
    expect(message).toContain(sentence);
    expect(body.request_id).toEqual(expect.any(String));
  });
});

describe('POST /v1/explain', () => {
  it('weighs words and scores sentences', async () => {
    const text = 'You are good. You are bad!';
    const { status, body } = await ask(`${origin}/v1/explain`, { text, labels: ['insult'] });
    expect(status).toBe(200);
    const [explained] = body.labels as {
      label: string;
      tokens: { begin: number; end: number; text: string; weight: number }[];
    }[];
    expect(explained.label).toBe('insult');
    expect(explained.tokens.length).toBeGreaterThan(3);
    for (const { begin, end, text: word, weight } of explained.tokens) {
      expect(text.slice(begin, end)).toBe(word);
      expect(Number.isFinite(weight)).toBe(true);
    }
  });
});

describe('POST /v1/embed', () => {
  it('gives vectors, of length 1 unless asked otherwise', async () => {
    const { body } = await ask(`${origin}/v1/embed`, { texts: ['hello', 'you'] });
    const vectors = body.embeddings as number[][];
    expect(vectors).toHaveLength(2);
    for (const vector of vectors) {
      expect(vector).toHaveLength(32);
      expect(Math.hypot(...vector)).toBeCloseTo(1, 4);
    }
    const raw = await ask(`${origin}/v1/embed`, { text: 'hello', normalize: false });
    const [vector] = raw.body.embeddings as number[][];
    expect(Math.hypot(...vector)).not.toBeCloseTo(1, 2);
  });
});

describe('/v1/classifiers', () => {
  it('lists what is served, and shows its folder', async () => {
    const { body } = await ask(`${origin}/v1/classifiers`);
    const [classifier] = body.classifiers as Record<string, unknown>[];
    expect(classifier).toMatchObject({ name: 'toxic', labels, languages: ['en'], max_length: 40 });
    expect((await ask(`${origin}/v1/classifiers/toxic`)).body).toEqual(classifier);
    const card = await fetch(`${origin}/v1/classifiers/toxic/card`);
    expect(card.headers.get('content-type')).toBe('text/markdown; charset=utf-8');
    expect(await card.text()).toContain('toxic');
    const curves = await fetch(`${origin}/v1/classifiers/toxic/curves`);
    expect(curves.headers.get('content-type')).toBe('image/svg+xml');
    expect(curves.headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it.each([
    '..',
    '../model',
    '%2e%2e%2fmodel',
    '..%5Cmodel',
    '%2Fetc%2Fpasswd',
    '%00',
    '__proto__',
    'constructor',
    'toxic%2F..%2Ftoxic',
  ])('knows no %s', async (name) => {
    for (const rest of ['', '/card', '/curves']) {
      const { status } = await ask(`${origin}/v1/classifiers/${name}${rest}`);
      expect(status).toBe(404);
    }
  });
});

describe('PUT /v1/classifiers/{name}/thresholds', () => {
  function put(body: unknown): ReturnType<typeof ask> {
    return ask(`${origin}/v1/classifiers/toxic/thresholds`, body, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  }

  it('says what the change does to recent traffic, and decides by it from then on', async () => {
    const scored = await ask(`${origin}/v1/score`, { texts: ['one', 'two', 'three'] });
    const scores = (scored.body.results as TextResult[]).map((result) => result.labels[0].score);
    const threshold = Math.min(...scores);
    const dry = await put({ thresholds: { toxic: threshold }, dry_run: true });
    expect(dry.body).toMatchObject({ thresholds_version: 1 });
    const { status, body } = await put({ thresholds: { toxic: 0 }, reason: 'all of them' });
    expect(status).toBe(200);
    expect(body.thresholds_version).toBe(2);
    const { texts, flag_rates: rates } = body.recent as {
      texts: number;
      flag_rates: { label: string; before: number; after: number }[];
    };
    expect(texts).toBeGreaterThanOrEqual(3);
    expect(rates[0]).toMatchObject({ label: 'toxic', after: 1 });
    expect(rates[1].after).toBe(rates[1].before);
    const again = await ask(`${origin}/v1/score`, { text: 'one' });
    expect(again.body.thresholds_version).toBe(2);
    expect((again.body.results as TextResult[])[0].labels[0]).toMatchObject({
      threshold: 0,
      flagged: true,
    });
  });

  it.each([
    [{ thresholds: { rude: 0.5 } }, 'no label of toxic'],
    [{ thresholds: { toxic: 1.5 } }, 'thresholds.toxic is 1.5; expected at most 1'],
    [{ thresholds: { toxic: '0.5' } }, 'expected a number'],
    [{}, 'thresholds is missing'],
  ])('refuses %j', async (asked, sentence) => {
    const { status, body } = await put(asked);
    expect(status).toBe(400);
    expect((body.error as { message: string }).message).toContain(sentence);
  });
});

describe('POST /v1/classifiers/{name}/reload', () => {
  it('serves what is in the folder now', async () => {
    await writeTinyModel(folder, { hiddenUnits: 4 });
    const { status, body } = await ask(`${origin}/v1/classifiers/toxic/reload`, undefined, {
      method: 'POST',
    });
    expect(status).toBe(200);
    expect(body.before).not.toBe(body.after);
    const scored = await ask(`${origin}/v1/score`, { text: 'one' });
    expect(scored.body.version).toBe(body.after);
  });

  it('does so for nobody who is not served', async () => {
    const { status } = await ask(`${origin}/v1/classifiers/tiny2/reload`, undefined, {
      method: 'POST',
    });
    expect(status).toBe(404);
  });
});
