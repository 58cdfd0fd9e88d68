// One run at a time writes to a folder; a dead run's lock does not stand in the way.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { acquireFolderLock } from '../../src/data/index.js';
import { failureOf } from './failures.js';
import { createFolder } from './temporary-folder.js';

const built = fileURLToPath(new URL('../../dist/data/index.js', import.meta.url));

const deadHolder = {
  host: hostname(),
  process: 4194304999,
  started: '1',
  token: 'abcdefabcdef',
};

function leaveLock(folder: string, holder: object | string): void {
  const text = typeof holder === 'string' ? holder : JSON.stringify(holder);
  writeFileSync(join(folder, '..', `.${folder.split('/').at(-1) ?? ''}.lock`), text);
}

function runChild(program: string): { status: number | null; output: string } {
  const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
  });
  return { status, output: stdout };
}

describe('acquireFolderLock', () => {
  it('refuses a second run, naming the process, until it is released', async () => {
    const folder = join(createFolder(), 'run');
    const lock = await acquireFolderLock(folder);
    const error = await failureOf(() => acquireFolderLock(folder));
    expect(error.code).toBe('RUN_LOCKED');
    expect(error.message).toContain(`process ${process.pid}`);
    await lock.release();
    await lock.release();
    const again = await acquireFolderLock(folder);
    await again.release();
    expect(readdirSync(join(folder, '..'))).toEqual([]);
  });

  it('knows a folder by any of its paths', async () => {
    const parent = createFolder();
    mkdirSync(join(parent, 'run'));
    symlinkSync('run', join(parent, 'link'));
    const lock = await acquireFolderLock(join(parent, 'run'));
    expect((await failureOf(() => acquireFolderLock(join(parent, 'link')))).code).toBe(
      'RUN_LOCKED',
    );
    await lock.release();
  });

  it('is refused by another process, which names this one', async () => {
    const folder = join(createFolder(), 'run');
    const lock = await acquireFolderLock(folder);
    const { output } = runChild(`
      import { acquireFolderLock } from ${JSON.stringify(built)};
      try { await acquireFolderLock(${JSON.stringify(folder)}); console.log('taken'); }
      catch (error) { console.log(error.code, error.message); }`);
    expect(output).toContain('RUN_LOCKED');
    expect(output).toContain(`process ${process.pid}`);
    await lock.release();
  });

  it('takes over the lock of a dead process', async () => {
    const folder = join(createFolder(), 'run');
    leaveLock(folder, deadHolder);
    const lock = await acquireFolderLock(folder);
    await lock.release();
    expect(readdirSync(join(folder, '..'))).toEqual([]);
  });

  it('is not fooled by a number given to another process', async () => {
    const folder = join(createFolder(), 'run');
    // This process lives, but did not start at tick 1.
    leaveLock(folder, { ...deadHolder, process: process.pid });
    await (await acquireFolderLock(folder)).release();
  });

  it('respects a lock of another machine', async () => {
    const folder = join(createFolder(), 'run');
    leaveLock(folder, { ...deadHolder, host: 'elsewhere' });
    const error = await failureOf(() => acquireFolderLock(folder));
    expect(error.message).toContain('on elsewhere');
  });

  it.each(['', '{"host":1,"process":2,"started":3,"token":4}'])(
    'takes over a lock file with the content %j',
    async (content) => {
      const folder = join(createFolder(), 'run');
      leaveLock(folder, content);
      await (await acquireFolderLock(folder)).release();
    },
  );

  it('finishes the takeover that a process died in', async () => {
    const folder = join(createFolder(), 'run');
    leaveLock(folder, deadHolder);
    writeFileSync(
      join(folder, '..', `.run.lock.${deadHolder.token}`),
      JSON.stringify({ ...deadHolder, token: '000000000000' }),
    );
    await (await acquireFolderLock(folder)).release();
    expect(readdirSync(join(folder, '..'))).toEqual([]);
  });

  it('is given back when the process exits, and taken over when it was killed', async () => {
    const folder = join(createFolder(), 'run');
    const take = (end: string): string => `
      import { acquireFolderLock } from ${JSON.stringify(built)};
      await acquireFolderLock(${JSON.stringify(folder)});
      ${end}`;
    expect(runChild(take('process.exit(3)')).status).toBe(3);
    expect(readdirSync(join(folder, '..'))).toEqual([]);
    runChild(take("process.kill(process.pid, 'SIGKILL')"));
    expect(readFileSync(join(folder, '..', '.run.lock'), 'utf8')).toContain(hostname());
    await (await acquireFolderLock(folder)).release();
  });

  it('has one winner in a hundred races between processes for stale and for free locks', async () => {
    const parent = createFolder();
    for (let race = 0; race < 50; race++) {
      leaveLock(join(parent, `run-${race}`), deadHolder);
    }
    const program = `
      import { acquireFolderLock } from ${JSON.stringify(built)};
      process.stdout.write('ready\\n');
      await new Promise((resolve) => process.stdin.once('data', resolve));
      const won = [];
      for (let race = 0; race < 100; race++) {
        try { await acquireFolderLock(${JSON.stringify(parent)} + '/run-' + race); won.push(race); }
        catch (error) { if (error.code !== 'RUN_LOCKED') throw error; }
      }
      process.stdout.write(JSON.stringify(won) + '\\n');
      await new Promise((resolve) => process.stdin.once('data', resolve));
      process.exit(0);`;
    const children = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ['--input-type=module', '-e', program], {
        stdio: ['pipe', 'pipe', 'inherit'],
      }),
    );
    const nextLine = (): Promise<string[]> =>
      Promise.all(
        children.map(
          (child) =>
            new Promise<string>((resolve) =>
              child.stdout.once('data', (chunk: Buffer) => {
                resolve(chunk.toString());
              }),
            ),
        ),
      );
    await nextLine();
    const results = nextLine();
    for (const child of children) {
      child.stdin.write('go\n');
    }
    const winners = (await results).flatMap((line) => JSON.parse(line) as number[]);
    for (const child of children) {
      child.stdin.write('end\n');
    }
    await Promise.all(
      children.map((child) => new Promise((resolve) => child.once('exit', resolve))),
    );
    expect(winners.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, race) => race));
    expect(readdirSync(parent)).toEqual([]);
  });

  it('has one winner among many calls at once', async () => {
    for (let race = 0; race < 20; race++) {
      const folder = join(createFolder(), 'run');
      leaveLock(folder, deadHolder);
      const outcomes = await Promise.allSettled(
        Array.from({ length: 8 }, () => acquireFolderLock(folder)),
      );
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    }
  });
});
