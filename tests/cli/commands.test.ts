// The command line from end to end: a model is trained once, and then used in every way.
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { createFolder, type Ending, runPolytag } from './run-polytag.js';
import { commentTable, readNpy } from './tables.js';

const encoder = fileURLToPath(new URL('../fixtures/tf-bert-tiny', import.meta.url));
const folder = createFolder();
const model = join(folder, 'model');
let training: Ending;

beforeAll(async () => {
  writeFileSync(join(folder, 'comments.csv'), commentTable(200));
  training = await run(
    ...['train', 'comments.csv', '--out', 'model', '--encoder', encoder],
    ...['--max-length', '20', '--epochs', '2', '--quiet'],
  );
});

function run(...words: string[]): Promise<Ending> {
  return runPolytag(words, { folder });
}

function read(name: string): string {
  return readFileSync(join(folder, name), 'utf8');
}

/** What a run printed that had to succeed without a word on stderr. */
async function print(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(...words, '--quiet');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

describe('train', () => {
  it('writes the model, reports on it, and leaves nothing else', () => {
    expect(training).toMatchObject({ code: 0, stderr: '' });
    expect(training.stdout).toMatch(/20 validation rows/);
    expect(training.stdout).toMatch(/^toxic +\d/m);
    expect(training.stdout).toContain('polytag evaluate model');
    expect(existsSync(join(model, 'polytag.json'))).toBe(true);
    expect(readdirSync(folder).filter((name) => /lock|training|tmp/.test(name))).toEqual([]);
  });
});

describe('evaluate', () => {
  it('prints figures of every label, with intervals and the baseline', async () => {
    const report = await print('evaluate', 'model', 'comments.csv');
    expect(report).toMatch(/Measured on 200 rows of comments\.csv/);
    expect(report).toMatch(/^toxic +67 /m);
    expect(report).toMatch(/^thanks +50 /m);
    expect(report).toMatch(/95 % interval/);
    expect(report).toMatch(/linear baseline/);
  });

  it('prints them as JSON', async () => {
    const report = JSON.parse(
      await print('evaluate', 'model', 'comments.csv', '--json', '--no-intervals'),
    ) as { rows: unknown; model: { macro: { rocAuc: { value: number } } }; baseline: object };
    expect(report.rows).toMatchObject({ rows: 200, textColumn: 'comment_text', truncated: 0 });
    expect(report.model.macro.rocAuc.value).toBeGreaterThan(0.6);
    expect(report.baseline).toHaveProperty('macro');
  });
});

describe('predict', () => {
  it("writes a CSV in Kaggle's layout, with the ids kept", async () => {
    expect(await print('predict', 'model', 'comments.csv', '--out', 'scores.csv')).toBe('');
    const lines = read('scores.csv').trimEnd().split('\n');
    expect(lines[0]).toBe('id,toxic,thanks');
    expect(lines).toHaveLength(201);
    for (const [at, line] of lines.slice(1).entries()) {
      const [id, ...scores] = line.split(',');
      expect(id).toBe(`r${at}`);
      expect(scores).toHaveLength(2);
      expect(scores.every((score) => Number(score) > 0 && Number(score) < 1)).toBe(true);
    }
  });

  it('gives the same scores on stdout, from stdin, and for a single text', async () => {
    const table = read('comments.csv');
    const fromFile = await print('predict', 'model', 'comments.csv');
    const fromStdin = await runPolytag(['predict', 'model', '-', '--quiet'], {
      folder,
      stdin: table,
    });
    expect(fromStdin).toEqual({ code: 0, stdout: fromFile, stderr: '' });
    const [, first] = table.split('\n');
    const text = first.split('"')[1];
    const { scores, thresholds } = JSON.parse(
      await print('predict', 'model', '--text', text, '--json'),
    ) as Record<'scores' | 'thresholds', Record<string, number>>;
    const [, row] = fromFile.split('\n');
    const [, toxic, thanks] = row.split(',').map(Number);
    expect(scores.toxic).toBeCloseTo(toxic, 5);
    expect(scores.thanks).toBeCloseTo(thanks, 5);
    expect(Object.keys(thresholds)).toEqual(['toxic', 'thanks']);
  });

  it('prints a text as a table', async () => {
    const shown = await print('predict', 'model', '--text', 'thanks for the information');
    expect(shown).toMatch(/^label +score +threshold +predicted/m);
    expect(shown).toMatch(/^thanks +0\.\d{4} +0\.\d{4}/m);
  });

  it('adds predictions that say whether the score reaches the threshold', async () => {
    const record = JSON.parse(readFileSync(join(model, 'polytag.json'), 'utf8')) as {
      thresholds: { threshold: number }[];
    };
    const table = await print('predict', 'model', 'comments.csv', '--predictions');
    const [header, ...rows] = table.trimEnd().split('\n');
    expect(header).toBe('id,toxic,thanks,toxic_predicted,thanks_predicted');
    const predicted = rows.map((row) => row.split(',').slice(3).join());
    const expected = rows.map((row) => {
      const scores = row.split(',').slice(1, 3).map(Number);
      return scores.map((score, at) => Number(score >= record.thresholds[at].threshold)).join();
    });
    expect(predicted).toEqual(expected);
    expect(new Set(predicted).size).toBeGreaterThan(1);
  });

  it('scores 3,000 rows in order', async () => {
    writeFileSync(join(folder, 'many.csv'), commentTable(3000));
    const { code, stderr } = await run('predict', 'model', 'many.csv', '--out', 'many-scores.csv');
    expect(code).toBe(0);
    expect(stderr).toMatch(/^scored 3,?000 /m);
    const ids = read('many-scores.csv').trimEnd().split('\n').slice(1);
    expect(ids.map((line) => line.split(',')[0])).toEqual(
      Array.from({ length: 3000 }, (_, at) => `r${at}`),
    );
  });

  it('ends silently when its reader has gone', async () => {
    const { code, stderr } = await runPolytag(['predict', 'model', 'many.csv', '--quiet'], {
      folder,
      onStart: ({ stdout }) => stdout?.once('data', () => stdout.destroy()),
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});

describe('encode', () => {
  it('writes vectors as .npy, layers side by side', async () => {
    await print('encode', encoder, 'comments.csv', '--out', 'one.npy', '--layers', '-1');
    await print('encode', encoder, 'comments.csv', '--out', 'two.npy', '--layers', '-2,-1');
    const one = readNpy(join(folder, 'one.npy'));
    const two = readNpy(join(folder, 'two.npy'));
    expect(one.shape).toEqual([200, 32]);
    expect(two.shape).toEqual([200, 64]);
    expect(two.values).toHaveLength(200 * 64);
    const last = Array.from({ length: 200 }, (_, row) =>
      Array.from(two.values.subarray(row * 64 + 32, row * 64 + 64)),
    ).flat();
    expect(last.every((value, at) => Math.abs(value - one.values[at]) < 1e-5)).toBe(true);
  });

  it('keeps every token with the pooling none, zeros after the last', async () => {
    writeFileSync(join(folder, 'lines.txt'), 'thanks\nthanks for the good information\n');
    await print(
      ...['encode', encoder, 'lines.txt', '--out', 'tokens.npy'],
      ...['--pooling', 'none', '--max-length', '8'],
    );
    const { shape, values } = readNpy(join(folder, 'tokens.npy'));
    expect(shape).toEqual([2, 8, 32]);
    expect(values.subarray(0, 3 * 32).every((value) => value !== 0)).toBe(true);
    expect(values.subarray(3 * 32, 8 * 32).every((value) => value === 0)).toBe(true);
  });

  it('takes "a ||| b" in a file of lines as a pair', async () => {
    writeFileSync(join(folder, 'pairs.txt'), 'thanks ||| good page\nthanks good page\n');
    await print('encode', encoder, 'pairs.txt', '--out', 'pairs.npy', '--pooling', 'none');
    const { shape, values } = readNpy(join(folder, 'pairs.npy'));
    expect(shape).toEqual([2, 48, 32]);
    const tokens = [0, 1].map((row) => {
      const start = row * 48 * 32;
      return Array.from({ length: 48 }, (_, at) => values[start + at * 32]).filter(Boolean).length;
    });
    // A pair has a second [SEP].
    expect(tokens[0]).toBe(tokens[1] + 1);
  });
});

describe('convert and info', () => {
  it('converts a checkpoint to a folder that encodes alike', async () => {
    await print('convert', encoder, '--out', 'converted');
    expect(readdirSync(join(folder, 'converted'))).toEqual(
      expect.arrayContaining(['config.json', 'model.safetensors', 'vocab.txt']),
    );
    await print('encode', encoder, 'lines.txt', '--out', 'original.npy');
    await print('encode', 'converted', 'lines.txt', '--out', 'converted.npy');
    expect(readNpy(join(folder, 'converted.npy'))).toEqual(readNpy(join(folder, 'original.npy')));
  });

  it('describes the installation, an encoder and a classifier', async () => {
    const ofMachine = (await run('info')).stdout;
    expect(ofMachine).toMatch(/^polytag +\d+\.\d+\.\d+$/m);
    expect(ofMachine).toMatch(/all-MiniLM-L6-v2/);
    expect((await run('info', encoder)).stdout).toMatch(/^hidden size +32$/m);
    const ofModel = await run('info', 'model', '--json');
    expect(JSON.parse(ofModel.stdout)).toMatchObject({
      kind: 'classifier',
      labels: ['toxic', 'thanks'],
      maxLength: 20,
    });
  });
});
