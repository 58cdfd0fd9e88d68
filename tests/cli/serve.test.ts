// polytag serve as a process of its own: what it prints, how it is told to reload and to end, and what it refuses.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ask, temporaryFolder, writeTinyModel } from '../server/support/served-models.js';
import { runPolytag } from './run-polytag.js';

const root = temporaryFolder();
const model = join(root, 'model');
/** A machine may be busy with other things. */
const patient = { timeout: 30_000 };
const program = resolve('dist/cli/main.js');

interface Service {
  readonly child: ChildProcess;
  readonly record: { origin: string; models: { name: string; version: string }[] };
  readonly said: () => string;
}

/** Starts a service and waits until it says that it is ready. */
async function serve(...words: string[]): Promise<Service> {
  const child = spawn(process.execPath, [program, 'serve', '--port', '0', ...words], {
    cwd: root,
    env: { ...process.env, HF_HUB_OFFLINE: '1', NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
  return { child, record: JSON.parse(line) as Service['record'], said: () => said };
}

beforeAll(async () => {
  mkdirSync(root, { recursive: true });
  await writeTinyModel(model);
});

describe('polytag serve', () => {
  it('says what it serves and how it is asked, loads anew at SIGHUP, and ends at SIGTERM', async () => {
    const { child, record, said } = await serve(
      'comments=model',
      resolve('tests/fixtures/tf-bert-tiny'),
    );
    expect(record.models.map(({ name }) => name)).toEqual(['comments', 'tf-bert-tiny']);
    await expect.poll(said, patient).toContain('comments (version ');
    expect(said()).toContain(`curl ${record.origin}/v1/score`);
    const scored = await ask(`${record.origin}/v1/score`, { text: 'you' });
    expect(scored.body).toMatchObject({ model: 'comments', version: record.models[0].version });

    await writeTinyModel(model, { hiddenUnits: 4 });
    child.kill('SIGHUP');
    await expect.poll(said, patient).toMatch(/comments is [0-9a-f]{16} now, was [0-9a-f]{16}/);
    const again = await ask(`${record.origin}/v1/score`, { text: 'you' });
    expect(again.body.version).not.toBe(scored.body.version);

    writeFileSync(join(model, 'config.json'), '{}');
    child.kill('SIGHUP');
    await expect.poll(said, patient).toContain('comments stays as it is: config.json');
    expect((await ask(`${record.origin}/v1/score`, { text: 'you' })).status).toBe(200);
    await writeTinyModel(model);

    child.kill('SIGTERM');
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(0);
    // The log: a line a request, without its text.
    const lines = said()
      .split('\n')
      .filter((line) => line.startsWith('{'));
    expect(lines.length).toBeGreaterThanOrEqual(3);
    for (const line of lines) expect(JSON.parse(line)).toHaveProperty('event');
  });

  it('lets in who has a key', async () => {
    const made = await runPolytag(['serve', '--new-api-key', 'me'], { folder: root });
    const admin = await runPolytag(['serve', '--new-api-key', 'boss', '--admin-key'], {
      folder: root,
    });
    writeFileSync(join(root, 'keys.txt'), `${made.stderr}${admin.stderr}`, { mode: 0o600 });
    const { record } = await serve('model', '--api-key-file', 'keys.txt', '--host', '0.0.0.0');
    const path = `${record.origin}/v1/classifiers`;
    const withKey = (key: string) => ({ headers: { authorization: `Bearer ${key.trim()}` } });
    expect((await ask(path)).status).toBe(401);
    expect((await ask(path, undefined, withKey('wrong'))).status).toBe(401);
    expect((await ask(path, undefined, withKey(made.stdout))).status).toBe(200);
    const reload = `${path}/model/reload`;
    const asAdmin = { ...withKey(admin.stdout), method: 'POST' };
    expect((await ask(reload, undefined, { ...withKey(made.stdout), method: 'POST' })).status).toBe(
      403,
    );
    expect((await ask(reload, undefined, asAdmin)).status).toBe(200);
    expect((await ask(`${record.origin}/health/live`)).status).toBe(200);
  });

  it.each([
    [['model', '--host', '0.0.0.0'], 1, 'EXPOSED'],
    [['nowhere'], 1, 'nowhere'],
    [['a=model', 'a=model'], 2, 'another name'],
    [['model', '--label-mapping', 'none.json'], 1, 'the label mapping none.json cannot be used'],
    [['model', '--windows', 'median'], 2, 'windows'],
    [['model', '--port', '70000'], 2, 'port'],
  ])('refuses %j', async (words, code, sentence) => {
    const ending = await runPolytag(['serve', ...words], { folder: root });
    expect(ending.code).toBe(code);
    if (sentence !== 'EXPOSED') expect(ending.stderr).toContain(sentence);
    expect(ending.stdout).toBe('');
  });
});
