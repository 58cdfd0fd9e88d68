// polytag explain: what it prints with and without colour, its JSON and its page, and texts that would break out of them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { writeModelFolder } from '../../src/classifier/model-folder.js';
import { explanationPage } from '../../src/cli/explanation-page.js';
import { formatExplanation } from '../../src/cli/terminal/explanation.js';
import type { Explanation } from '../../src/index.js';
import { randomOutcome } from '../classifier/support/random-outcome.js';
import { createFolder, type Ending, runPolytag } from './run-polytag.js';
import { Recorder } from './terminal/recorder.js';

const encoder = fileURLToPath(new URL('../fixtures/tf-bert-tiny', import.meta.url));
const folder = createFolder();
const hostile = 'You <script>alert(1)</script> & "fool".\nGo \x1b[31maway\u202e \'now\'!';

beforeAll(async () => {
  const labelNames = ['rude', '<b>\x1b[1m'];
  const outcome = await randomOutcome({
    folder: encoder,
    hiddenSize: 32,
    labelNames,
    maxLength: 48,
  });
  await writeModelFolder(join(folder, 'model'), outcome);
});

function run(...words: string[]): Promise<Ending> {
  return runPolytag(['explain', 'model', ...words], { folder });
}

describe('polytag explain', () => {
  it('prints the text, the words that weigh most and each sentence, and writes the page', async () => {
    const { code, stdout, stderr } = await run(
      ...['--text', hostile, '--label', 'rude', '--top', '2', '--html', 'page.html'],
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.split('\n');
    expect(lines[0]).toMatch(
      /^rude {2}0\.\d{4}, (not )?predicted \(threshold 0\.\d{4}; without its words 0\.\d{4}\)$/,
    );
    expect(lines[1]).toBe(
      'You <script>alert(1)</script> & "fool". Go \ufffd[31maway\ufffd \'now\'!',
    );
    expect(lines[3]).toBe('log-odds  word');
    expect(lines[4]).toMatch(/^ *-?\d+\.\d{3} {2}\S+$/);
    expect(lines[6]).toBe('');
    expect(lines[7]).toBe(' alone  sentence');
    expect(lines[8]).toMatch(/^0\.\d{4} {2}You <script>/);
    expect(stdout).not.toContain('\x1b');
    const page = readFileSync(join(folder, 'page.html'), 'utf8');
    expect(page).toContain('&lt;script&gt;');
    expect(page).not.toContain('<script');
  });

  it('prints JSON with offsets into the text', async () => {
    const { code, stdout } = await run('--text', hostile, '--method', 'occlusion', '--json');
    expect(code).toBe(0);
    const { method, labels, truncated, windows } = JSON.parse(stdout) as Explanation;
    expect({ method, truncated, windows }).toEqual({
      method: 'occlusion',
      truncated: 0,
      windows: 1,
    });
    for (const { tokens, sentences } of labels) {
      for (const { begin, end, text } of tokens) expect(hostile.slice(begin, end)).toBe(text);
      expect(sentences.map(({ begin, end }) => hostile.slice(begin, end)).join('')).toBe(hostile);
    }
  });

  it('warns where the text was cut', async () => {
    const { code, stderr } = await run('--text', 'dog '.repeat(100), '--top', '0');
    expect(code).toBe(0);
    expect(stderr).toMatch(/^warning: the text was cut; \d+ tokens were not read$/m);
  });

  it('refuses to explain nothing, a label that there is not, and a method that there is not', async () => {
    const [nothing, label, method] = await Promise.all([
      run(),
      run('--text', 'a', '--label', 'kind'),
      run('--text', 'a', '--method', 'magic'),
    ]);
    expect(nothing).toMatchObject({ code: 2, stdout: '' });
    expect(nothing.stderr).toContain('give --text');
    expect(label).toMatchObject({ code: 2, stdout: '' });
    expect(label.stderr).toContain('"kind"');
    expect(method).toMatchObject({ code: 2, stdout: '' });
    expect(method.stderr).toContain('gradient, occlusion');
  });
});

const explanation: Explanation = {
  method: 'gradient',
  tokens: 6,
  truncated: 0,
  windows: 1,
  labels: [
    {
      label: '<b>\x1b[1m',
      score: 0.75,
      baseScore: 0.1,
      threshold: 0.5,
      tokens: [
        { begin: 0, end: 3, text: 'one', weight: 2 },
        { begin: 4, end: 9, text: '<two>', weight: -0.8 },
        { begin: 10, end: 15, text: 'three', weight: 0.1 },
      ],
      sentences: [
        { begin: 0, end: 10, score: 0.5 },
        { begin: 10, end: 15, score: null },
      ],
    },
  ],
};
const text = 'one <two>\tthree';

describe('an explanation on a terminal', () => {
  beforeEach(() => {
    vi.stubEnv('FORCE_COLOR', undefined);
    vi.stubEnv('NO_COLOR', undefined);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('colours words by how they speak, strong ones bold, weak ones not', () => {
    const shown = formatExplanation(text, explanation, { top: 3, stream: new Recorder(true) });
    expect(shown).toContain('\x1b[1m\x1b[31mone\x1b[39m\x1b[22m \x1b[34m<two>\x1b[39m three');
    expect(shown).toContain('<b>\ufffd[1m  0.7500, predicted');
  });

  it('is plain elsewhere', () => {
    const shown = formatExplanation(text, explanation, { top: 1, stream: new Recorder(false) });
    expect(shown).toBe(`<b>\ufffd[1m  0.7500, predicted (threshold 0.5000; without its words 0.1000)
one <two> three

log-odds  word
   2.000  one

 alone  sentence
0.5000  one <two>
     –  three
`);
  });
});

describe('an explanation as a page', () => {
  it('marks words, and escapes labels and text', () => {
    const page = explanationPage(text, explanation);
    expect(page).toContain('<h2>&lt;b&gt;');
    expect(page).toContain('style="--share:1.00" title="+2.000">one</mark>');
    expect(page).toContain('<mark class="against"');
    expect(page).toContain('>&lt;two&gt;</mark>');
    expect(page).toContain("default-src 'none'");
    expect(page).not.toMatch(/<two|<b>|https?:\/\//);
  });
});
