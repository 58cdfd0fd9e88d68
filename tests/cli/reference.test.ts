// That the reference of the command line and the program have the same flags, command by command.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createFolder, runPolytag } from './run-polytag.js';

const page = readFileSync(
  fileURLToPath(new URL('../../docs/command-line.md', import.meta.url)),
  'utf8',
);
const commands = [
  ...['train', 'distill', 'evaluate', 'predict', 'serve', 'explain', 'thresholds'],
  ...['encode', 'convert', 'info'],
];
const folder = createFolder();

/** The section of a command, up to the next one's heading. */
function sectionOf(command: string): string {
  const section = page.split(/^## /m).find((part) => part.startsWith(`polytag ${command}\n`));
  return section ?? '';
}

/** The long flags anywhere in a text, each once, sorted. */
function flagsIn(text: string): string[] {
  const found = text.match(/(?<![\w<!-])--[a-z][a-z0-9-]*/g) ?? [];
  return [...new Set(found)].sort();
}

describe('docs/command-line.md', () => {
  it('has a section for each command, and no other', () => {
    const headings = [...page.matchAll(/^## polytag (.+)$/gm)].map(([, name]) => name);
    expect(headings).toEqual(commands);
  });

  it.each(commands)('has the flags of %s in its section, and no others', async (command) => {
    const { code, stdout } = await runPolytag([command, '--help'], { folder });
    expect(code).toBe(0);
    expect(flagsIn(stdout)).toContain('--help');
    expect(flagsIn(sectionOf(command))).toEqual(flagsIn(stdout));
  });
});
