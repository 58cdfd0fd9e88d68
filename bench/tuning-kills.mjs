// Kills a short run of fine-tuning at random moments, resumes it each time, and compares the model with a straight run's.
//   node bench/tuning-kills.mjs [kills] [seed]    default: 50 kills, seed 1, on the tiny encoder of the tests
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [kills = 50, seed = 1] = process.argv.slice(2).map(Number);
const program = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const encoder = fileURLToPath(new URL('../tests/fixtures/tf-bert-tiny', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'polytag-kills-'));
const words = ['the', 'article', 'and', 'page', 'edit', 'source', 'history'];

writeTable(join(folder, 'comments.csv'), 400);
const flags = [
  ...['--encoder', encoder, '--max-length', '20', '--epochs', '3', '--tune', 'top:1'],
  ...['--tune-epochs', '3', '--tune-batch-size', '8', '--validations', '8', '--quiet'],
];
const cacheFolder = join(folder, 'cache');
const environment = { ...process.env, POLYTAG_CACHE: cacheFolder };

const start = performance.now();
await run('straight', []);
const wholeRun = performance.now() - start;
const expected = filesOf('straight');
const random = makeRandom(seed);
let done = 0;
let ends = 0;
let differing = 0;
while (done < kills) {
  // One run is killed again and again until it ends; the moments are spread over a whole run's time.
  rmSync(cacheFolder, { recursive: true, force: true });
  for (let resumed = false; ; resumed = true) {
    const mayKill = done < kills;
    const killed = await run(
      'killed',
      resumed ? ['--overwrite', '--resume'] : ['--overwrite'],
      mayKill ? random() * wholeRun : undefined,
    );
    if (!killed) break;
    done += 1;
    console.error(`kill ${done} of ${kills}`);
  }
  ends += 1;
  if (filesOf('killed') !== expected) differing += 1;
}
rmSync(folder, { recursive: true, force: true });
console.log(
  `${done} kills over ${ends} runs of ${(wholeRun / 1000).toFixed(1)} s each: ${ends - differing} ended in the bytes of the straight run, ${differing} did not`,
);
process.exitCode = differing === 0 ? 0 : 1;

/** Runs to the end, or kills after a time. @returns whether it was killed */
function run(out, more, killAfter) {
  return new Promise((resolve, reject) => {
    const command = [program, 'train', 'comments.csv', '--out', out, ...flags, ...more];
    const child = spawn(process.execPath, command, {
      cwd: folder,
      env: environment,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (bytes) => {
      said += bytes;
    });
    const timer =
      killAfter === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfter);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (signal === 'SIGKILL') resolve(true);
      else if (code === 0) resolve(false);
      else reject(new Error(`${out} ended with ${code}: ${said}`));
    });
  });
}

/** Paths and SHA-256 of the files of a model, as its record has them. */
function filesOf(model) {
  const { files, tuning } = JSON.parse(readFileSync(join(folder, model, 'polytag.json'), 'utf8'));
  return JSON.stringify({ files, tuning });
}

function writeTable(path, rows) {
  const lines = Array.from({ length: rows }, (_, at) => {
    const toxic = at % 3 === 0 || at % 17 === 5;
    const text = `${words[at % 7]} ${words[at % 5]}, ${toxic ? 'shit you are' : 'good information'} ${at % 4 === 0 ? 'thanks' : 'now'} ${at}`;
    return `"${text}",${Number(toxic)},${Number(at % 4 === 0)}`;
  });
  writeFileSync(path, `comment_text,toxic,thanks\n${lines.join('\n')}\n`);
}

/** Numbers from 0 to 1 (mulberry32). */
function makeRandom(start) {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
