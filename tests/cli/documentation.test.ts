// That the documentation of the command line says what the program does.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { createFolder, runPolytag } from './run-polytag.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const commands = [
  ...['train', 'distill', 'evaluate', 'predict', 'serve', 'explain', 'thresholds'],
  ...['encode', 'convert', 'info'],
];
const folder = createFolder();
const helps = new Map<string, string>();

beforeAll(async () => {
  for (const command of ['', ...commands]) {
    const words = command === '' ? ['--help'] : [command, '--help'];
    const { code, stdout, stderr } = await runPolytag(words, { folder });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    helps.set(command, stdout);
  }
});

function helpOf(command: string): string {
  return helps.get(command) ?? '';
}

/** The flags that a help text lists. */
function flagsIn(help: string): Set<string> {
  return new Set(
    [...help.matchAll(/^ {2}(?:-\w, )?(--[a-z][a-z0-9-]*)/gm)].map(([, flag]) => flag),
  );
}

describe('--help', () => {
  it.each(commands)('of %s has a description, examples, and a word on every option', (command) => {
    const help = helpOf(command);
    const [usage, , description] = help.split('\n');
    expect(usage).toMatch(new RegExp(`^Usage: polytag ${command} \\[options\\]`));
    expect(description).toMatch(/^[A-Z].{20,}/);
    expect(help).toMatch(new RegExp(`^Examples:\n  \\$ .*polytag ${command}`, 'm'));
    for (const line of help.match(/^ {2}-.*/gm) ?? []) {
      expect(line).toMatch(/^ {2}(-\w, |)--[a-z0-9-]+( <[^>]+>)? {2,}\S/);
    }
  });

  it('lists no command of later versions', () => {
    const listed = [...helpOf('').matchAll(/^ {2}(\w+) [<[]/gm)].map(([, name]) => name);
    expect(listed).toEqual([...commands, 'help']);
  });
});

describe('docs/command-line.md', () => {
  const page = readFileSync(`${root}docs/command-line.md`, 'utf8');

  it.each(['', ...commands])(
    'has the help of "%s" (npm run docs:commands writes it)',
    (command) => {
      const start = command === '' ? '<!-- help: -->' : `<!-- help: ${command} -->`;
      expect(page).toContain(
        `${start}\n\`\`\`\n${helpOf(command).trimEnd()}\n\`\`\`\n<!-- end of help -->`,
      );
    },
  );
});

/** Commands in a text, as `[where, command, flags]`. */
function commandsIn(name: string, text: string): [string, string, string[]][] {
  return [...text.matchAll(/\bpolytag (\w+)((?: [^\n`|>#]*)?)/g)]
    .filter(([, command]) => commands.includes(command))
    .map(([, command, words]) => [name, command, words.match(/(?<= )--[a-z][a-z0-9-]*/g) ?? []]);
}

describe('commands in other documents', () => {
  const names = ['README.md', ...readdirSync(`${root}docs`).map((name) => `docs/${name}`)];
  const used = names
    .filter((name) => name.endsWith('.md'))
    .flatMap((name) => commandsIn(name, readFileSync(root + name, 'utf8')));

  it('are found', () => {
    expect(used.length).toBeGreaterThan(20);
    expect(new Set(used.map(([, command]) => command))).toEqual(new Set(commands));
  });

  it('have flags that the commands know', () => {
    const unknown = used.flatMap(([name, command, flags]) =>
      flags
        .filter((flag) => !flagsIn(helpOf(command)).has(flag))
        .map((flag) => `${name}: polytag ${command} ${flag}`),
    );
    expect(unknown).toEqual([]);
  });
});
