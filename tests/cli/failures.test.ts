// What goes wrong for a user: one sentence that names the place, the right exit code, and nothing left behind.
import {
  cpSync,
  existsSync,
  readFileSync,
  readdirSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { createFolder, type Ending, runPolytag } from './run-polytag.js';
import { commentTable } from './tables.js';

const encoder = fileURLToPath(new URL('../fixtures/tf-bert-tiny', import.meta.url));
const folder = createFolder();
const trainHere = ['train', 'comments.csv', '--encoder', encoder, '--max-length', '20'];
const quickly = ['--epochs', '2', '--no-baseline', '--quiet'];

beforeAll(async () => {
  writeFileSync(join(folder, 'comments.csv'), commentTable(200));
  expect(await run(...trainHere, '--out', 'model', ...quickly)).toMatchObject({ code: 0 });
  cpSync(join(folder, 'model'), join(folder, 'flipped'), { recursive: true });
  const weights = join(folder, 'flipped', 'model.safetensors');
  const bytes = readFileSync(weights);
  bytes[bytes.length - 100] ^= 1;
  writeFileSync(weights, bytes);
  expect(await run('convert', encoder, '--out', 'truncated')).toMatchObject({ code: 0 });
  truncateSync(join(folder, 'truncated', 'model.safetensors'), 100_000);
  writeFileSync(join(folder, 'empty.csv'), '');
  writeFileSync(
    join(folder, 'two-texts.csv'),
    'first,second,toxic\nhello you there,well done now,1\nhi you there,nice thing now,0\n',
  );
  const lines = commentTable(200).split('\n');
  lines[6] = lines[6].replace(/\d,\d$/, 'yes,0');
  writeFileSync(join(folder, 'yes.csv'), lines.join('\n'));
});

function run(...words: string[]): Promise<Ending> {
  return runPolytag(words, { folder });
}

/** Runs what has to fail, and finds its one sentence. */
async function fail(code: number, ...words: string[]): Promise<string> {
  const before = readdirSync(folder, { recursive: true }).sort();
  const ending = await run(...words);
  expect(ending).toMatchObject({ code, stdout: '' });
  expect(ending.stderr).not.toMatch(/^ +at |Error:/m);
  const sentences = ending.stderr.split('\n').filter((line) => line.startsWith('polytag: '));
  expect(sentences).toHaveLength(1);
  expect(readdirSync(folder, { recursive: true }).sort()).toEqual(before);
  return sentences[0];
}

const failures: Readonly<Record<string, readonly [words: string[], sentence: RegExp]>> = {
  'a missing table': [
    ['train', 'none.csv', '--encoder', encoder, '--out', 'new'],
    /cannot find none\.csv/,
  ],
  'an empty table': [['train', 'empty.csv', '--encoder', encoder, '--out', 'new'], /empty\.csv/],
  'two columns that may be the text': [
    ['train', 'two-texts.csv', '--encoder', encoder, '--out', 'new'],
    /text column of two-texts\.csv.*"first".*"second"/,
  ],
  'a label that is neither 1 nor 0': [
    ['train', 'yes.csv', '--labels', 'toxic,thanks', '--encoder', encoder, '--out', 'new'],
    /yes\.csv, line 7: label column "toxic" holds "yes"; expected 1, 0/,
  ],
  'a label column that is missing': [
    [...trainHere, '--labels', 'toxi,thanks', '--out', 'new'],
    /comments\.csv has no column "toxi".*"toxic"/,
  ],
  'a missing model': [
    ['predict', 'nowhere', 'comments.csv', '--out', 'scores.csv'],
    /cannot find the model "nowhere"/,
  ],
  'a model with a changed byte (predict)': [
    ['predict', 'flipped', 'comments.csv', '--out', 'scores.csv'],
    /model\.safetensors in .*flipped has changed/,
  ],
  'a model with a changed byte (evaluate)': [
    ['evaluate', 'flipped', 'comments.csv'],
    /model\.safetensors in .*flipped has changed/,
  ],
  'a missing table to score': [
    ['predict', 'model', 'none.csv', '--out', 'scores.csv'],
    /cannot find none\.csv/,
  ],
  'an unknown encoder': [
    ['train', 'comments.csv', '--encoder', 'no-such-encoder', '--out', 'new'],
    /cannot find the model "no-such-encoder"/,
  ],
  'more tokens than the encoder has positions': [
    ['train', 'comments.csv', '--encoder', encoder, '--max-length', '600', '--out', 'new'],
    /--max-length 600 is over the encoder's 48 positions/,
  ],
  'a model in the place of the new one': [
    [...trainHere, '--out', 'model'],
    /model already holds a model/,
  ],
  'weights that are cut off (train)': [
    ['train', 'comments.csv', '--encoder', 'truncated', '--out', 'new'],
    /truncated.model\.safetensors has 100000 bytes/,
  ],
  'weights that are cut off (encode)': [
    ['encode', 'truncated', 'comments.csv', '--out', 'vectors.npy'],
    /truncated.model\.safetensors has 100000 bytes/,
  ],
};

describe('what cannot be used', () => {
  it.each(Object.entries(failures))('%s', async (_name, [words, sentence]) => {
    expect(await fail(1, ...words)).toMatch(sentence);
  });
});

describe('wrong use', () => {
  it.each([
    ['an unknown command', ['foretell'], /foretell/],
    ['an unknown flag', ['predict', 'model', 'comments.csv', '--foretell'], /--foretell/],
    ['no --out', ['train', 'comments.csv'], /--out/],
    ['a word for a number', [...trainHere, '--out', 'new', '--epochs', 'many'], /epochs.*many/],
    ['a table and a text', ['predict', 'model', 'comments.csv', '--text', 'a'], /--text/],
    [
      'a flag of a mode of fine-tuning that is not chosen',
      [...trainHere, '--out', 'new', '--tune', 'top:3', '--lora-rank', '4'],
      /--lora-rank.*with --tune lora only/,
    ],
  ] as const)('%s', async (_name, words, sentence) => {
    expect(await fail(2, ...words)).toMatch(sentence);
  });
});

describe('what always works', () => {
  it.each(['train', 'distill', 'evaluate', 'predict', 'encode', 'convert', 'info'])(
    '%s --help',
    async (command) => {
      const { code, stdout, stderr } = await run(command, '--help');
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toContain('Examples:');
      expect(stdout).toContain(`polytag ${command}`);
    },
  );

  it('--help and --version', async () => {
    const help = await run('--help');
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toContain('Examples:');
    const { version } = JSON.parse(
      readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
    ) as { version: string };
    expect(await run('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });
});

describe('runs that meet', () => {
  /** Long enough to be interrupted after the first epoch, and long before the last. */
  const long = [...trainHere, '--epochs', '150', '--patience', '150', '--no-baseline'];

  it('goes on after Ctrl-C to the bytes of a run that nobody interrupted', async () => {
    const straight = await run(...long, '--out', 'straight');
    expect(straight.code).toBe(0);
    const state = join(folder, 'interrupted.training', 'head.safetensors');
    const interrupted = await runPolytag([...long, '--out', 'interrupted'], {
      folder,
      onStart: (child) => {
        const timer = setInterval(() => {
          if (existsSync(state)) child.kill('SIGINT');
          if (existsSync(state) || child.exitCode !== null) clearInterval(timer);
        }, 5);
      },
    });
    expect(interrupted).toMatchObject({ code: 130, stdout: '' });
    expect(interrupted.stderr).toMatch(/^polytag: interrupted; .*--resume/m);
    expect(readdirSync(folder).filter((name) => /^\.|interrupted/.test(name))).toEqual([
      'interrupted.training',
    ]);
    const resumed = await run(...long, '--out', 'interrupted', '--resume');
    expect(resumed.code).toBe(0);
    const weights = ['straight', 'interrupted'].map((name) =>
      readFileSync(join(folder, name, 'model.safetensors')),
    );
    expect(weights[0].equals(weights[1])).toBe(true);
    expect(readdirSync(folder).filter((name) => /^\.|\.training$/.test(name))).toEqual([]);
  });

  it('lets one of two runs write a folder, and tells the other who does', async () => {
    let processes: (number | undefined)[] = [];
    const start = (): Promise<Ending> =>
      runPolytag([...long, '--out', 'contested', '--quiet'], {
        folder,
        onStart: ({ pid }) => {
          processes = [...processes, pid];
        },
      });
    const endings = await Promise.all([start(), start()]);
    expect(endings.map(({ code }) => code).sort()).toEqual([0, 1]);
    const winner = endings.findIndex(({ code }) => code === 0);
    expect(endings[1 - winner].stderr).toMatch(
      new RegExp(`^polytag: .*contested is being written by process ${processes[winner]} on `),
    );
    expect(existsSync(join(folder, 'contested', 'polytag.json'))).toBe(true);
  });
});
