// polytag train, predict and evaluate by a running encoder service.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningService, startService } from '../training/service/running-service.js';
import { createFolder, type Ending, runPolytag } from './run-polytag.js';
import { commentTable } from './tables.js';

const folder = createFolder();
const run = (...words: string[]): Promise<Ending> => runPolytag(words, { folder });
let service: RunningService;
let training: Ending;

beforeAll(async () => {
  writeFileSync(join(folder, 'comments.csv'), commentTable(200));
  service = await startService();
  training = await run(
    ...['train', 'comments.csv', '--out', 'model', '--encoder', service.address],
    ...['--epochs', '2', '--recipe', '2019'],
  );
});
afterAll(async () => {
  await service.stop();
});

describe('a running service', () => {
  it('trains a head, and it is said what the folder lacks', () => {
    expect(training).toMatchObject({ code: 0 });
    expect(training.stderr).toContain(`plan: encode with ${service.address}`);
    expect(training.stderr).toContain("on the service's vectors");
    expect(training.stderr).toContain('warning: the service cuts texts after 25 tokens');
    expect(training.stdout).toContain('does not say how many of 200 these were');
    expect(training.stdout).toContain('The folder holds the head only');
    expect(existsSync(join(folder, 'model', 'head.onnx'))).toBe(true);
    expect(existsSync(join(folder, 'model', 'config.json'))).toBe(false);
  });

  it('scores a table, with its addresses as stored or as given', async () => {
    const stored = await run('predict', 'model', 'comments.csv', '--out', 'stored.csv');
    const options = ['--encoder', service.address, '--out', 'given.csv'];
    const given = await run('predict', 'model', 'comments.csv', ...options);
    expect([stored.code, given.code]).toEqual([0, 0]);
    const rows = readFileSync(join(folder, 'stored.csv'), 'utf8');
    expect(rows.split('\n')).toHaveLength(202);
    expect(readFileSync(join(folder, 'given.csv'), 'utf8')).toBe(rows);
  });

  it('scores one text, and is measured', async () => {
    const one = await run('predict', 'model', '--text', 'thanks now', '--json');
    expect(JSON.parse(one.stdout)).toMatchObject({ truncatedTokens: null });
    const measured = await run('evaluate', 'model', 'comments.csv', '--no-intervals');
    expect(measured.stdout).toContain('does not say how many of 200 these were');
  });

  it('is named by info, which needs no service', async () => {
    const { stdout } = await run('info', 'model');
    expect(stdout).toContain(service.address);
  });

  it.each([
    ['--max-length', '20'],
    ['--truncation', 'tail'],
    ['--features', 'mean:-1'],
    ['--pooling', 'max'],
    ['--layers', '-1'],
  ])('has settled %s', async (flag, value) => {
    const words = ['train', 'comments.csv', '--out', 'other', '--encoder', service.address];
    const { code, stderr } = await run(...words, flag, value);
    expect(code).toBe(2);
    expect(stderr).toContain(`${flag} is settled by the service`);
  });

  it('needs an address that is one', async () => {
    const words = ['train', 'comments.csv', '--out', 'other', '--encoder', 'tcp://host'];
    const { code, stderr } = await run(...words);
    expect(code).toBe(2);
    expect(stderr).toContain('tcp://HOST:PORT');
  });
});
