// The first thing a newcomer runs, ten minutes in all: fine-tune on the bundled comments, evaluate on held-out rows, score two
// sentences, and say what to do next. Every step is the command that a user would type.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const program = join(root, 'dist', 'cli', 'main.js');
// Others may be tried: node scripts/quickstart.mjs TRAIN_TABLE TEST_TABLE BUDGET
const data = 'examples/toxic-comments';
const [table = `${data}/train.csv.gz`, test = `${data}/test.csv.gz`, budget = '8m'] =
  process.argv.slice(2);
const model = 'toxic-model';

function polytag(...commandArguments) {
  const shown = commandArguments.map((word) => (/[^\w./:=@-]/.test(word) ? `"${word}"` : word));
  console.error(`\n$ polytag ${shown.join(' ')}`);
  const { status, signal } = spawnSync(process.execPath, [program, ...commandArguments], {
    cwd: root,
    stdio: 'inherit',
  });
  if (signal !== null) process.exit(130);
  if (status !== 0) process.exit(status ?? 1);
}

const start = performance.now();
polytag('train', table, '--out', model, '--budget', budget, '--blend', '--overwrite');
polytag('evaluate', model, test);
polytag(
  'predict',
  model,
  '--text',
  'Thank you for fixing the references, it reads much better now.',
);
polytag('predict', model, '--text', 'Shut up, you stupid idiot, or I will find you.');
const minutes = ((performance.now() - start) / 60_000).toFixed(1);
console.error(`
Done in ${minutes} minutes. The model is in ${model}/. What next:
  npx polytag predict ${model} YOUR.csv --out scores.csv     score a table
  npx polytag train YOUR.csv --out my-model                  train on your own table
  npx polytag serve ${model}                             answer over HTTP, and a page at http://127.0.0.1:8080
  npx polytag train --help                                   every option, with examples
  docs/getting-started.md                                    the guide`);
