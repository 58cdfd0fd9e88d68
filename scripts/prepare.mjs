// Makes a checkout ready to run: installs exactly what package-lock.json names and compiles src/ and
// the pages of studio/ to dist/.
// Plain JavaScript without dependencies, because it runs before there are any.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const stamp = join(root, 'node_modules', '.installed-lock');

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    console.error(`polytag needs Node.js 20.19 or newer; this is ${process.versions.node}`);
    process.exit(1);
  }
}

function run(command, commandArguments) {
  const { status, error } = spawnSync(command, commandArguments, {
    cwd: root,
    // Data on stdout is the next step's own: what installing and compiling say goes to stderr.
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (error !== undefined || status !== 0) {
    console.error(`polytag: ${command} ${commandArguments.join(' ')} failed; see above`);
    process.exit(1);
  }
}

function installDependencies() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  console.error('polytag: installing dependencies (npm ci) ...');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(stamp, lock);
}

function compile() {
  console.error('polytag: compiling ...');
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  // What an earlier version compiled and this one no longer has must not linger, nor count in tests.
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  run(process.execPath, [compiler, '-p', 'tsconfig.build.json']);
  const pageBuilder = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  run(process.execPath, [pageBuilder, 'build', '--config', join('studio', 'vite.config.ts')]);
}

requireNode();
installDependencies();
compile();
