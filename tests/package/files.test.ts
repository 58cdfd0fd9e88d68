// What npm would publish: everything that is needed, with its licences, and nothing else.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

it('holds code, models and examples with their licences, and nothing that is only for development', () => {
  const output = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [{ files }] = JSON.parse(output) as { files: { path: string }[] }[];
  const paths = files.map(({ path }) => path);
  expect(paths).toEqual(
    expect.arrayContaining([
      'LICENSE',
      'NOTICE',
      'README.md',
      'CHANGELOG.md',
      'dist/index.js',
      'dist/index.d.ts',
      'dist/cli/main.js',
      'dist/runtime/session-thread.js',
      'models/all-MiniLM-L6-v2/model.safetensors',
      'models/all-MiniLM-L6-v2/LICENSE',
      'models/all-MiniLM-L6-v2/SOURCE.txt',
      'examples/toxic-comments/train.csv.gz',
      'examples/toxic-comments/LICENSE',
      'examples/toxic-comments/README.md',
    ]),
  );
  const strays = paths.filter(
    (path) =>
      /^(tests|bench|scripts|node_modules|\.ci|\.github)\//.test(path) ||
      path.endsWith('.tsbuildinfo'),
  );
  expect(strays).toEqual([]);
});
