// Every table of the benchmarks, one after another: `npm run bench`.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
for (const table of ['encode.mjs', 'head-epoch.mjs', 'linear-baseline.mjs', 'service.mjs']) {
  const { status } = spawnSync(process.execPath, [`bench/${table}`], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) process.exitCode = 1;
}
