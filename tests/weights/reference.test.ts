import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { listBundledModels, resolveReference } from '../../src/weights/index.js';
import { HubServer } from './hub/hub-server.js';
import { commit, sample } from './hub/sample-repository.js';
import { storedZip } from './stored-zip.js';

let folder: string;
const origin = process.cwd();

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'polytag-reference-')));
  process.chdir(folder);
  // No test here may reach the real hub.
  vi.stubEnv('HF_ENDPOINT', 'http://127.0.0.1:9');
  vi.stubEnv('HF_HUB_OFFLINE', '1');
  vi.stubEnv('HF_HUB_CACHE', join(folder, 'hub-cache'));
  vi.stubEnv('POLYTAG_CACHE', join(folder, 'own-cache'));
});

afterEach(async () => {
  process.chdir(origin);
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

describe('a reference', () => {
  it('may be a folder, absolute or relative', async () => {
    await mkdir('model');
    expect(await resolveReference('model')).toBe(join(folder, 'model'));
    expect(await resolveReference('./model/')).toBe(join(folder, 'model'));
    expect(await resolveReference(join(folder, 'model'))).toBe(join(folder, 'model'));
  });

  it('may be a .zip, which is unpacked into the cache', async () => {
    await writeFile(
      'tiny.ZIP',
      storedZip({ 'tiny/config.json': '{}', 'tiny/model.safetensors': 'weights' }),
    );
    const unpacked = await resolveReference('tiny.ZIP');
    expect(unpacked.startsWith(join(folder, 'own-cache'))).toBe(true);
    expect(unpacked.endsWith('tiny')).toBe(true);
  });

  it('may be a bundled name', async () => {
    expect(await listBundledModels()).toContain('all-MiniLM-L6-v2');
    const found = await resolveReference('all-MiniLM-L6-v2');
    expect(isAbsolute(found)).toBe(true);
    expect(found).toBe(join(origin, 'models', 'all-MiniLM-L6-v2'));
  });

  it('means a folder rather than the bundled model of the same name', async () => {
    await mkdir('all-MiniLM-L6-v2');
    expect(await resolveReference('all-MiniLM-L6-v2')).toBe(join(folder, 'all-MiniLM-L6-v2'));
  });

  it('may be a hub id, with the variables of the environment', async () => {
    const server = await HubServer.start(sample);
    try {
      vi.stubEnv('HF_ENDPOINT', server.endpoint);
      vi.stubEnv('HF_HUB_OFFLINE', '0');
      vi.stubEnv('HF_TOKEN', 'hf_mine');
      const progress: number[] = [];
      const found = await resolveReference('acme/tiny-bert@refs/pr/1', {
        onProgress: ({ bytes }) => progress.push(bytes),
      });
      expect(found).toBe(join(folder, 'hub-cache', 'models--acme--tiny-bert', 'snapshots', commit));
      expect(progress.at(-1)).toBe(400_057);
      expect(server.seen[0].authorization).toBe('Bearer hf_mine');
    } finally {
      await server.close();
    }
  });

  it('is not even looked at after an abort', async () => {
    const reason = new Error('stop');
    await expect(
      resolveReference('all-MiniLM-L6-v2', { signal: AbortSignal.abort(reason) }),
    ).rejects.toBe(reason);
  });
});

describe('a reference to nothing', () => {
  async function sentence(reference: string): Promise<string> {
    const error: unknown = await resolveReference(reference).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'REFERENCE_UNKNOWN' });
    return error instanceof Error ? error.message : '';
  }

  it('tells what was tried', async () => {
    expect(await sentence('nothing-like-it')).toBe(
      'cannot find the model "nothing-like-it": no such folder or .zip; bundled models: all-MiniLM-L6-v2, toxic-comments; hub ids are owner/name[@revision]',
    );
  });

  it.each(['', ' ', '..x/../..', '../../models', 'a\0b', 'owner/name@', 'x'.repeat(5000)])(
    '%j is answered with a sentence',
    async (reference) => {
      expect(await sentence(reference)).toContain('no such folder or .zip');
    },
  );

  it('is answered with the name that was probably meant', async () => {
    await mkdir('model');
    await mkdir('runs/best', { recursive: true });
    await writeFile('archive.zip', '');
    expect(await sentence('./modle')).toContain('"./modle" (did you mean "model"?)');
    expect(await sentence('runs/bset/')).toContain('(did you mean "best"?)');
    expect(await sentence('archiv.zip')).toContain('(did you mean "archive.zip"?)');
    expect(await sentence('all-minilm-l6-v2')).toContain('(did you mean "all-MiniLM-L6-v2"?)');
    expect(await sentence('bert-base-uncased')).toContain(
      '(did you mean "google-bert/bert-base-uncased"?)',
    );
    expect(await sentence('distilbert-base-cased')).toContain('"distilbert/distilbert-base-cased"');
  });

  it('of the form owner/name is more likely a slip where a folder is near', async () => {
    await mkdir('runs/best', { recursive: true });
    expect(await sentence('runs/bset')).toMatch(
      /^cannot find the model "runs\/bset" \(did you mean "best"\?\): no such folder or \.zip; as a hub id: HF_HUB_OFFLINE is set/,
    );
    await expect(resolveReference('acme/other')).rejects.toMatchObject({
      code: 'HUB_CACHE_INCOMPLETE',
    });
  });

  it('is told apart from a file that is no model folder', async () => {
    await mkdir('model');
    await writeFile('model/model.safetensors', '');
    expect(await sentence('model/model.safetensors')).toContain(
      'it is a file, not a folder or .zip; its folder is "model"',
    );
  });
});
