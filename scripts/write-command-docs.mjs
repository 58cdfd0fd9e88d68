// Puts what --help says into docs/command-line.md, between its marks. Run after `npm run build`: npm run docs:commands
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const page = fileURLToPath(new URL('../docs/command-line.md', import.meta.url));

function helpOf(words) {
  const { stdout, status } = spawnSync(process.execPath, [program, ...words, '--help'], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`polytag ${words.join(' ')} --help ended with ${status}`);
  return stdout.trimEnd();
}

const marked = /(<!-- help:([a-z ]*)-->\n)[^]*?(<!-- end of help -->)/g;
const text = readFileSync(page, 'utf8').replace(
  marked,
  (_, start, words, end) =>
    `${start}\`\`\`\n${helpOf(words.split(' ').filter(Boolean))}\n\`\`\`\n${end}`,
);
writeFileSync(page, text);
