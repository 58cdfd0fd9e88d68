// How commands deal with what they are connected to: long tables, pipes, readers that leave, Ctrl-C.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { createFolder, type Ending, runPolytag } from './run-polytag.js';
import { commentTable } from './tables.js';

const encoder = fileURLToPath(new URL('../fixtures/tf-bert-tiny', import.meta.url));
const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const folder = createFolder();
const temporary = join(folder, 'temporary');

beforeAll(async () => {
  mkdirSync(temporary);
  writeFileSync(join(folder, 'comments.csv'), commentTable(200));
  const words = ['train', 'comments.csv', '--out', 'model', '--encoder', encoder];
  const options = ['--max-length', '12', '--epochs', '1', '--no-baseline', '--quiet'];
  expect(await run(...words, ...options)).toMatchObject({ code: 0, stderr: '' });
});

function run(...words: string[]): Promise<Ending> {
  return runPolytag(words, { folder });
}

/** A process whose input and output the test has in hand, with at most so many MB of JavaScript heap. */
function start(words: readonly string[], heap = 2048) {
  const child = spawn(process.execPath, [`--max-old-space-size=${heap}`, program, ...words], {
    cwd: folder,
    env: { ...process.env, HF_HUB_OFFLINE: '1', NO_COLOR: '1', TMPDIR: temporary },
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = once(child, 'close').then(() => ({ code: child.exitCode, stderr }));
  return { child, ended };
}

describe('a table of 20,000 rows and 160 MB', () => {
  const rows = 20_000;

  it('is scored in a heap of 64 MB', async () => {
    const file = createWriteStream(join(folder, 'long.csv'));
    file.write('id,comment_text,page\n');
    const page = 'x y '.repeat(2000);
    for (let row = 0; row < rows; row++) {
      if (!file.write(`${row},you are good ${row % 97},${page}\n`)) await once(file, 'drain');
    }
    file.end();
    await finished(file);
    const words = ['predict', 'model', 'long.csv', '--text-column', 'comment_text'];
    const { ended } = start([...words, '--out', 'long-scores.csv'], 64);
    const { code, stderr } = await ended;
    expect(stderr).toMatch(/^scored 20,000 texts in /m);
    expect(code).toBe(0);
    const lines = readFileSync(join(folder, 'long-scores.csv'), 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(rows + 1);
    expect(lines[rows].split(',')[0]).toBe(String(rows - 1));
  });
});

describe('a reader that has seen enough', () => {
  it.each([
    ['predict', ['predict', 'model', 'long.csv', '--text-column', 'comment_text', '-q']],
    ['predict --json', ['predict', 'model', 'comments.csv', '--json', '-q']],
    ['encode', ['encode', encoder, 'comments.csv', '--out', '-', '-q']],
    ['evaluate --json', ['evaluate', 'model', 'comments.csv', '--json', '-q']],
    ['info', ['info']],
    ['--help', ['--help']],
  ])('lets %s end silently', async (_name, words) => {
    const { child, ended } = start(words);
    child.stdout.once('data', () => child.stdout.destroy());
    expect(await ended).toEqual({ code: 0, stderr: '' });
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('lets the work go on when it is only progress that nobody reads', async () => {
    const { child, ended } = start(['predict', 'model', 'comments.csv', '--out', 'unheard.csv']);
    child.stderr.destroy();
    expect((await ended).code).toBe(0);
    expect(readFileSync(join(folder, 'unheard.csv'), 'utf8').split('\n')).toHaveLength(202);
  });
});

describe('Ctrl-C', () => {
  const before = (): string[] => readdirSync(folder, { recursive: true }).map(String).sort();

  it('ends a command that waits for more input, and leaves nothing half-written', async () => {
    const files = before();
    const { child, ended } = start(['predict', 'model', '-', '--out', 'never.csv']);
    child.stdin.on('error', () => undefined);
    child.stdin.write(commentTable(2000));
    while (!readdirSync(folder).some((name) => name.includes('never'))) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    expect(stderr).toMatch(/^polytag: interrupted$/m);
    expect(code).toBe(130);
    expect(before()).toEqual(files);
  });

  it('ends encode with its temporary files removed', async () => {
    const files = before();
    const { child, ended } = start(['encode', encoder, '-', '--out', 'never.npy']);
    child.stdin.on('error', () => undefined);
    child.stdin.write('a line\n'.repeat(50_000));
    while (!readdirSync(folder).some((name) => name.includes('never'))) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    child.kill('SIGTERM');
    expect((await ended).code).toBe(130);
    expect(before()).toEqual(files);
  });

  it('given twice ends the process at once', async () => {
    const { child, ended } = start(['predict', 'model', 'long.csv', '--out', 'never.csv']);
    while (!readdirSync(folder).some((name) => name.includes('never'))) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    child.kill('SIGINT');
    child.kill('SIGINT');
    expect((await ended).code).toBe(130);
    expect(readdirSync(folder).filter((name) => name.includes('never'))).toEqual([]);
  });
});

describe('standard input', () => {
  it('gives lines to encode, and tables where --text names a column', async () => {
    const lines = { folder, stdin: 'good page\nthanks ||| good page\n' };
    const ofLines = await runPolytag(['encode', encoder, '--out', '-', '-q'], lines);
    expect(ofLines).toMatchObject({ code: 0, stderr: '' });
    const [header, ...rows] = ofLines.stdout.trimEnd().split('\n');
    expect(header.split(',')).toEqual(Array.from({ length: 32 }, (_, at) => `v${at}`));
    expect(rows).toHaveLength(2);
    const table = { folder, stdin: 'id;note\n7;good page\n' };
    const words = ['encode', encoder, '-', '--text', 'note', '--out', '-', '-q'];
    const ofTable = await runPolytag(words, table);
    expect(ofTable.stdout.split('\n')[1]).toBe(`7,${rows[0]}`);
  });
});

describe('encode --pooling none', () => {
  it('writes one list of numbers a token to .jsonl', async () => {
    writeFileSync(join(folder, 'lines.txt'), 'thanks\nthanks for the page\n');
    const words = ['encode', encoder, 'lines.txt', '--out', 'tokens.jsonl', '--pooling', 'none'];
    expect(await run(...words, '-q')).toMatchObject({ code: 0, stderr: '' });
    const objects = readFileSync(join(folder, 'tokens.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { vectors: number[][] });
    const [first, second] = objects.map(({ vectors }) => vectors);
    expect(first.length).toBeLessThan(second.length);
    expect([...first, ...second].every((vector) => vector.length === 32)).toBe(true);
  });

  it('is refused for .csv, which has no place for it', async () => {
    const words = ['encode', encoder, 'lines.txt', '--out', 'tokens.csv', '--pooling', 'none'];
    const { code, stderr } = await run(...words, '-q');
    expect(stderr).toMatch(/^polytag: cannot write tokens\.csv: vectors are written to /);
    expect(code).toBe(1);
  });
});
