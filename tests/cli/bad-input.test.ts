// Tables, places and references that cannot be used: what each is told, beyond those of failures.test.ts.
import { spawnSync } from 'node:child_process';
import { existsSync, openSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { createFolder, type Ending, runPolytag } from './run-polytag.js';
import { commentTable } from './tables.js';

const encoder = fileURLToPath(new URL('../fixtures/tf-bert-tiny', import.meta.url));
const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const folder = createFolder();
const quickly = ['--encoder', encoder, '--max-length', '12', '--epochs', '1', '--no-baseline'];

beforeAll(async () => {
  write('comments.csv', commentTable(200));
  write('numbers.csv', 'a,b,c\n1,0,1\n0,1,1\n');
  write('header.csv', 'id,text,toxic,thanks\n');
  const words = Array.from({ length: 60 }, (_, row) => `r${row},some words number ${row}`);
  write('unknown.csv', ['id,text,toxic,thanks', ...words.map((row) => `${row},,-1`)].join('\n'));
  const always = words.map((row, at) => `${row},${at % 2},1`);
  write('always.csv', ['id,text,toxic,thanks', ...always].join('\n'));
  write('ragged.csv', 'id,comment_text,toxic,thanks\na,hello you there,1,0\nb,hi you,1\n');
  write('quote.csv', 'id,comment_text,toxic\na,"hello you" there,1\n');
  const trained = await run('train', 'comments.csv', '--out', 'model', ...quickly, '--quiet');
  expect(trained).toMatchObject({ code: 0, stderr: '' });
});

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}

function run(...words: string[]): Promise<Ending> {
  return runPolytag(words, { folder });
}

const train = (table: string): string[] => ['train', table, '--out', 'new', ...quickly];
const failures: Readonly<Record<string, readonly [words: string[], said: RegExp]>> = {
  'a table without texts': [
    train('numbers.csv'),
    /^cannot tell the text column of numbers\.csv: none .* holds texts\nName it with --text/,
  ],
  'a table without rows': [train('header.csv'), /^header\.csv has no rows.*\nGive a table/],
  'labels that are all unknown': [
    [...train('unknown.csv'), '--labels', 'toxic,thanks'],
    /^the labels of unknown\.csv cannot be used: none is known in any row\n/,
  ],
  'a row of too few cells': [
    train('ragged.csv'),
    /^ragged\.csv, line 3: the row has 3 cells; expected 4, .*\nMend the row/,
  ],
  'a row of too few cells, in the middle of scoring': [
    ['predict', 'model', 'ragged.csv', '--out', 'scores.csv'],
    /^ragged\.csv, line 3: the row has 3 cells; expected 4/,
  ],
  'quotes that do not match': [train('quote.csv'), /^quote\.csv, line 2: the quoted cell /],
  'a validation table without the labels': [
    [...train('comments.csv'), '--validation', 'quote.csv'],
    /^quote\.csv/,
  ],
  'an evaluation without the labels': [
    ['evaluate', 'model', 'numbers.csv', '--text', 'a'],
    /^numbers\.csv lacks the labels "toxic", "thanks": /,
  ],
  'a text column that is not there': [
    ['predict', 'model', 'comments.csv', '--text-column', 'coment_text', '--out', 'scores.csv'],
    /^comments\.csv has no column "coment_text".*"comment_text"/,
  ],
  'a model that is an encoder': [
    ['predict', encoder, 'comments.csv', '--out', 'scores.csv'],
    /holds no classifier trained by polytag: it is an encoder/,
  ],
  'a model of the hub, which may not be asked': [
    ['info', 'owner/name'],
    /HF_HUB_OFFLINE.*owner\/name\n/,
  ],
  'a folder that is not there': [
    ['predict', 'model', 'comments.csv', '--out', 'nowhere/scores.csv'],
    /^cannot write nowhere\/scores\.csv: its folder does not exist\n/,
  ],
  'an extension that no format has': [
    ['predict', 'model', 'comments.csv', '--out', 'scores.xlsx'],
    /^cannot write scores\.xlsx: its name should end with /,
  ],
  'a folder that holds something else (convert)': [
    ['convert', encoder, '--out', 'model'],
    /model already exists and is not empty\n/,
  ],
  'a conversion of what is converted': [
    ['convert', 'all-MiniLM-L6-v2', '--out', 'new'],
    /is a Hugging Face folder already\n/,
  ],
};

describe('what cannot be used is said in a sentence and a remedy, and leaves nothing behind', () => {
  it.each(Object.entries(failures))('%s', async (_name, [words, said]) => {
    const before = readdirSync(folder, { recursive: true }).sort();
    const { code, stdout, stderr } = await run(...words, '--quiet');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    const lines = stderr.trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^polytag: /);
    expect(lines[1]).toMatch(/^[A-Z].*\.$/);
    expect(stderr.replace(/^polytag: /, '')).toMatch(said);
    expect(readdirSync(folder, { recursive: true }).sort()).toEqual(before);
  });
});

describe('what is odd but not wrong', () => {
  it('is a warning: a label of one class only', async () => {
    const { code, stdout, stderr } = await run('train', 'always.csv', '--out', 'odd', ...quickly);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^warning: every row .* has the label "thanks"$/m);
    expect(stdout).toMatch(/^thanks: no ROC-AUC, no AP \(no negative rows\)\.$/m);
  });
});

describe('layers', () => {
  it('that the encoder lacks are a wrong use, with the range', async () => {
    const words = ['encode', encoder, 'comments.csv', '--out', 'new.npy', '--layers', '-9'];
    const { code, stderr } = await run(...words);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^polytag: layers is "-9"; expected a whole number from -4 to 3 /);
    expect(existsSync(join(folder, 'new.npy'))).toBe(false);
  });
});

describe.runIf(existsSync('/dev/full'))('a full disk behind standard output', () => {
  it.each([[['info']], [['predict', 'model', 'comments.csv', '--quiet']]])('%j', (words) => {
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = spawnSync(process.execPath, [program, ...words], {
      cwd: folder,
      stdio: ['ignore', full, 'pipe'],
      encoding: 'utf8',
    });
    expect(stderr).toMatch(/^polytag: cannot write standard output: .*\n.*\n$/);
    expect(status).toBe(1);
  });
});
