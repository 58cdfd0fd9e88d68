// Models by name: what they say, how they are replaced while requests go on, and thresholds that change.
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MultiLabelClassifier } from '../../../src/index.js';
import { ModelRegistry } from '../../../src/server/scoring/model-registry.js';
import type { RequestContext } from '../../../src/server/scoring/served-model.js';
import { temporaryFolder, writeTinyModel } from '../support/served-models.js';

const root = temporaryFolder();
const folder = join(root, 'model');
const tiny = 'tests/fixtures/tf-bert-tiny';
const texts = ['you are an idiot', 'thank you', '', 'word '.repeat(100)];
let registry: ModelRegistry;

function context(client = 'test'): RequestContext {
  return {
    signal: new AbortController().signal,
    client,
    timings: { tokenize: 0, queue: 0, compute: 0 },
  };
}

beforeAll(async () => {
  await writeTinyModel(folder);
  const references = [
    { name: 'toxic', reference: folder },
    { name: 'tiny', reference: tiny },
  ];
  registry = await ModelRegistry.open(references, { workers: 1 });
});
afterAll(() => registry.close());

describe('a served classifier', () => {
  it('scores as predict does, long texts by windows', async () => {
    const model = registry.classifier('toxic');
    const timing = context();
    const scored = await model.score(texts, timing);
    const classifier = await MultiLabelClassifier.load(folder, { workers: 1 });
    const { values } = await classifier.predictMatrix(texts.slice(0, 3));
    await classifier.close();
    const labels = model.labels.length;
    scored.slice(0, 3).forEach(({ scores, logits, truncated, windows }, row) => {
      expect(windows).toBe(1);
      expect(truncated).toBe(0);
      scores.forEach((score, label) => {
        expect(score).toBeCloseTo(values[row * labels + label], 5);
        expect(1 / (1 + Math.exp(-logits[label]))).toBeCloseTo(score, 6);
      });
    });
    expect(scored[2].tokens).toBe(2);
    expect(scored[3].windows).toBeGreaterThan(1);
    expect(scored[3].truncated).toBe(0);
    expect(model.windows?.combine).toBe('max');
    const { tokenize, queue, compute } = timing.timings;
    for (const stage of [tokenize, queue, compute]) expect(stage).toBeGreaterThan(0);
  });

  it('gives a long text the highest logits of its windows', async () => {
    const model = registry.classifier();
    const long = 'good bad you me this that a the of in '.repeat(9);
    const { starts, ends } = model.tokenizer.encode(long);
    const stride = model.windows?.stride ?? 0;
    const room = model.maxLength - 2;
    const count = ends.length - 2;
    const pieces: string[] = [];
    for (let start = 0; ; start += stride) {
      const first = Math.max(0, Math.min(start, count - room));
      pieces.push(long.slice(starts[first + 1], ends[Math.min(count, first + room)]));
      if (start + room >= count) break;
    }
    const [whole] = await model.score([long], context());
    const parts = await model.score(pieces, context());
    expect(whole.windows).toBe(pieces.length);
    whole.logits.forEach((logit, label) => {
      expect(logit).toBeCloseTo(Math.max(...parts.map(({ logits }) => logits[label])), 4);
    });
  });

  it('refuses a text that would hold everybody up', async () => {
    const scored = registry.classifier().score(['a', 'x'.repeat(65_537)], context());
    await expect(scored).rejects.toMatchObject({ code: 'TEXT_TOO_LONG' });
  });

  it('gives up what its client has left', async () => {
    const reason = new Error('left');
    const left = { ...context(), signal: AbortSignal.abort(reason) };
    await expect(registry.classifier().score(texts, left)).rejects.toBe(reason);
  });
});

describe('a served encoder', () => {
  it('gives vectors of texts and of tokens', async () => {
    const encoder = registry.encoder('tiny');
    const [first, second] = await encoder.embed(['hello you', 'x'], context());
    expect(first.vector.length).toBe(encoder.dimensions);
    expect(first.tokens).toBeGreaterThan(second.tokens - 1);
    const [{ data, shape }] = await encoder.embedTokens(['hello you'], context());
    expect(shape).toEqual([first.tokens, encoder.dimensions]);
    // The mean over all tokens, special ones included.
    const mean = first.vector.map((_, column) => {
      let sum = 0;
      for (let token = 0; token < shape[0]; token++) sum += data[token * shape[1] + column];
      return sum / shape[0];
    });
    mean.forEach((value, column) => {
      expect(value).toBeCloseTo(first.vector[column], 4);
    });
  });
});

describe('names', () => {
  it.each([['nothing'], ['../toxic'], ['/etc/passwd'], ['__proto__'], ['toxic\u0000'], ['tiny']])(
    'no classifier is called %j',
    (name) => {
      expect(() => registry.classifier(name)).toThrow('no classifier is served under the name');
    },
  );

  it('the first of its kind has none', () => {
    expect(registry.classifier().name).toBe('toxic');
    expect(registry.encoder().name).toBe('tiny');
    expect(() => registry.encoder('toxic')).toThrow('no encoder is served');
  });
});

describe('reload', () => {
  it('puts the next generation in the place of the one before, which goes on for those who have it', async () => {
    const before = registry.classifier('toxic');
    const release = registry.hold();
    await writeTinyModel(folder, { hiddenUnits: 4 });
    const versions = await registry.reload('toxic');
    const after = registry.classifier('toxic');
    expect(versions).toEqual({ before: before.version, after: after.version });
    expect(after.version).not.toBe(before.version);
    const [old] = await before.score(['you'], context());
    const [fresh] = await after.score(['you'], context());
    expect(old.logits).not.toEqual(fresh.logits);
    release();
    // Closed now that nobody has it any more.
    await expect
      .poll(
        () =>
          before.score(['you'], context()).then(
            () => 'open',
            (error: unknown) => String(error),
          ),
        { timeout: 30_000 },
      )
      .toContain('closed');
  });

  it('keeps the old where the new one is damaged, and says why', async () => {
    const { version } = registry.classifier('toxic');
    const file = join(folder, 'config.json');
    const whole = readFileSync(file);
    writeFileSync(file, '{}');
    await expect(registry.reload('toxic')).rejects.toMatchObject({ code: 'MODEL_FILE_CHANGED' });
    expect(registry.classifier('toxic').version).toBe(version);
    await expect(registry.classifier('toxic').score(['a'], context())).resolves.toHaveLength(1);
    writeFileSync(file, whole);
    await expect(registry.reload('toxic')).resolves.toMatchObject({ after: version });
  });

  it('keeps a classifier where an encoder has come', async () => {
    const moved = join(root, 'moved');
    cpSync(folder, moved, { recursive: true });
    rmSync(folder, { recursive: true });
    cpSync(tiny, folder, { recursive: true });
    await expect(registry.reload('toxic')).rejects.toMatchObject({ code: 'MODEL_UNSERVABLE' });
    rmSync(folder, { recursive: true });
    cpSync(moved, folder, { recursive: true });
    await registry.reload('toxic');
  });

  it('refuses a name that is not served', async () => {
    await expect(registry.reload('nothing')).rejects.toMatchObject({ code: 'MODEL_UNKNOWN' });
  });
});

describe('setThresholds', () => {
  it('changes them for the model that is served, and for whoever loads it later', async () => {
    const { version, values } = registry.classifier('toxic').thresholds;
    const set = await registry.setThresholds('toxic', { insult: 0.125 }, 'a test');
    const expected = values.map((value, at) => (at === 1 ? 0.125 : value));
    expect(set).toMatchObject({ version: version + 1, values: expected });
    expect(registry.classifier('toxic').thresholds).toMatchObject({ values: expected });
    expect(existsSync(join(folder, 'serving.json'))).toBe(true);
    await registry.reload('toxic');
    expect(registry.classifier('toxic').thresholds).toMatchObject(set);
  });

  it('changes them one after the other', async () => {
    const { version } = registry.classifier('toxic').thresholds;
    const sets = await Promise.all(
      [0.1, 0.2, 0.3].map((value) => registry.setThresholds('toxic', { toxic: value })),
    );
    expect(sets.map((set) => set.version)).toEqual([version + 1, version + 2, version + 3]);
    expect(registry.classifier('toxic').thresholds.values[0]).toBe(0.3);
  });

  it.each([
    ['toxic', { rude: 0.5 }, 'REQUEST_INVALID'],
    ['tiny', { toxic: 0.5 }, 'MODEL_UNKNOWN'],
    ['nothing', { toxic: 0.5 }, 'MODEL_UNKNOWN'],
  ])('refuses %s %j', async (name, values, code) => {
    await expect(registry.setThresholds(name, values)).rejects.toMatchObject({ code });
  });
});

it('opens all models or none', async () => {
  const references = [
    { name: 'toxic', reference: folder },
    { name: 'gone', reference: join(root, 'gone') },
  ];
  const opened = ModelRegistry.open(references, { workers: 1 });
  await expect(opened).rejects.toMatchObject({ code: 'REFERENCE_UNKNOWN' });
});
