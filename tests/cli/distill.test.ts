// polytag distill from end to end: a teacher, a table without labels, and what is said of the student.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { createFolder, type Ending, runPolytag } from './run-polytag.js';
import { commentTable } from './tables.js';

const encoder = fileURLToPath(new URL('../fixtures/tf-bert-tiny', import.meta.url));
const folder = createFolder();
const short = ['--encoder', encoder, '--max-length', '20', '--epochs', '2', '--no-baseline'];

function run(...words: string[]): Promise<Ending> {
  return runPolytag(words, { folder });
}

beforeAll(async () => {
  const table = commentTable(150);
  writeFileSync(join(folder, 'comments.csv'), table);
  const lines = table.trim().split('\n');
  const text = lines[0].split(',').indexOf('comment_text');
  expect(text).toBeGreaterThanOrEqual(0);
  const texts = Array.from(
    { length: 150 },
    (_, at) => `comment number ${at} is ${at % 3 === 0 ? 'stupid' : 'kind'}`,
  );
  writeFileSync(join(folder, 'texts.csv'), `${['comment_text', ...texts].join('\n')}\n`);
  const { code } = await run('train', 'comments.csv', '--out', 'teacher', ...short, '--quiet');
  expect(code).toBe(0);
});

describe('distill', () => {
  it('trains on texts without labels, and says what its figures mean', async () => {
    const { code, stdout, stderr } = await run(
      'distill',
      'teacher',
      'texts.csv',
      '--out',
      'student',
      ...short,
    );
    expect(code).toBe(0);
    expect(stderr).toContain('learn from teacher');
    expect(stderr).toMatch(/asking the teacher: 150 texts/);
    expect(stderr).toContain("warning: texts.csv has none of the labels: the teacher's decisions");
    expect(stdout).toContain('all figures are by the decisions of the teacher teacher');
    expect(stdout).toMatch(/same decisions in [\d.]+ % of cells/);
    const record = JSON.parse(readFileSync(join(folder, 'student', 'polytag.json'), 'utf8')) as {
      distillation: { judgedBy: string; hardShare: number };
    };
    expect(record.distillation).toMatchObject({ judgedBy: 'teacher', hardShare: 0 });
  });

  it('compares both by the labels where there are some', async () => {
    const words = ['--temperature', '2', '--hard-share', '0.5', '--overwrite', '--quiet'];
    const options = ['--out', 'student', ...short, ...words];
    const { code, stdout } = await run('distill', 'teacher', 'comments.csv', ...options);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Beside its teacher teacher .*: macro ROC-AUC [\d.]+ and [\d.]+;/);
  });

  it.each<[string, string[], RegExp]>([
    ['a loss that takes no probabilities', ['--loss', 'focal'], /loss.*focal/],
    ['a temperature of 0', ['--temperature', '0'], /temperature.*0/],
    ['a share above 1', ['--hard-share', '1.5'], /hard-share.*1\.5/],
    ['a search', ['--search', '4'], /search.*beside a teacher/],
  ])('refuses %s', async (_, words, sentence) => {
    const ending = await run(
      'distill',
      'teacher',
      'texts.csv',
      '--out',
      'none',
      ...short,
      ...words,
    );
    expect(ending).toMatchObject({ code: 2, stdout: '' });
    expect(ending.stderr).toMatch(sentence);
  });

  it('refuses a teacher that is none', async () => {
    const { code, stderr } = await run('distill', encoder, 'texts.csv', '--out', 'none', ...short);
    expect(code).toBe(1);
    expect(stderr).toMatch(/polytag: .*tf-bert-tiny/);
  });
});
