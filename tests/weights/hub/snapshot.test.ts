import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DownloadProgress, fetchSnapshot } from '../../../src/weights/hub/snapshot.js';
import { listTree } from './cache-tree.js';
import { HubServer, type ServedRepository, sha256 } from './hub-server.js';
import { commit, environmentFor, sample, weights } from './sample-repository.js';

const reference = { repository: 'acme/tiny-bert', revision: 'main' };
const retries = { retries: 2, delay: 1 };

/** What huggingface_hub 2.4.0 wrote for hf_hub_download of these files from this server. */
const pythonListing = [
  '.locks/',
  '.locks/models--acme--tiny-bert/',
  '.locks/models--acme--tiny-bert/10a9afe6c9b0e4f3d9d3b946278d3f80221cf9b9207d7a1478c7c62d94150808.lock',
  '.locks/models--acme--tiny-bert/67a56d358bc09865322d344d13922261a6277f26.lock',
  '.locks/models--acme--tiny-bert/9b63652e4599b6f141f83f77374ca035004e0c8f.lock',
  '.locks/models--acme--tiny-bert/cc8a6b41c02264f7110eed9d6cac93bc973dcf7b.lock',
  'CACHEDIR.TAG',
  'models--acme--tiny-bert/',
  'models--acme--tiny-bert/blobs/',
  'models--acme--tiny-bert/blobs/10a9afe6c9b0e4f3d9d3b946278d3f80221cf9b9207d7a1478c7c62d94150808',
  'models--acme--tiny-bert/blobs/67a56d358bc09865322d344d13922261a6277f26',
  'models--acme--tiny-bert/blobs/9b63652e4599b6f141f83f77374ca035004e0c8f',
  'models--acme--tiny-bert/blobs/cc8a6b41c02264f7110eed9d6cac93bc973dcf7b',
  'models--acme--tiny-bert/refs/',
  'models--acme--tiny-bert/refs/main = c1d2e3f4a5b60718293a4b5c6d7e8f9012345678',
  'models--acme--tiny-bert/snapshots/',
  'models--acme--tiny-bert/snapshots/c1d2e3f4a5b60718293a4b5c6d7e8f9012345678/',
  'models--acme--tiny-bert/snapshots/c1d2e3f4a5b60718293a4b5c6d7e8f9012345678/config.json -> ../../blobs/cc8a6b41c02264f7110eed9d6cac93bc973dcf7b',
  'models--acme--tiny-bert/snapshots/c1d2e3f4a5b60718293a4b5c6d7e8f9012345678/model.safetensors -> ../../blobs/10a9afe6c9b0e4f3d9d3b946278d3f80221cf9b9207d7a1478c7c62d94150808',
  'models--acme--tiny-bert/snapshots/c1d2e3f4a5b60718293a4b5c6d7e8f9012345678/tokenizer_config.json -> ../../blobs/67a56d358bc09865322d344d13922261a6277f26',
  'models--acme--tiny-bert/snapshots/c1d2e3f4a5b60718293a4b5c6d7e8f9012345678/vocab.txt -> ../../blobs/9b63652e4599b6f141f83f77374ca035004e0c8f',
];
const withoutLockFiles = pythonListing.filter((line) => !line.endsWith('.lock'));

let server: HubServer;
let cache: string;

beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'polytag-hub-'));
  server = await HubServer.start(sample);
});

afterEach(async () => {
  await server.close();
  await rm(cache, { recursive: true, force: true });
});

describe('a first download', () => {
  it('lays the cache out as Python does, and takes only what an encoder needs', async () => {
    const folder = await fetchSnapshot(reference, { environment: environmentFor(server, cache) });
    expect(folder).toBe(join(cache, 'models--acme--tiny-bert', 'snapshots', commit));
    // Python leaves its (empty) lock files behind; ours go when the download is done.
    expect(await listTree(cache)).toEqual(withoutLockFiles);
    expect(weights.equals(await readFile(join(folder, 'model.safetensors')))).toBe(true);
    expect(await readFile(join(cache, 'CACHEDIR.TAG'), 'utf8')).toMatch(
      /^Signature: 8a477f597d28d172789f06886806bc55\n/,
    );
  });

  it('reports bytes that grow to the sum of all files', async () => {
    const reports: DownloadProgress[] = [];
    await fetchSnapshot(reference, {
      environment: environmentFor(server, cache),
      onProgress: (progress) => reports.push(progress),
    });
    const total = 400_000 + 22 + 23 + 12;
    expect(new Set(reports.map(({ totalBytes }) => totalBytes))).toEqual(new Set([total]));
    expect(reports.at(-1)).toMatchObject({ repository: 'acme/tiny-bert', bytes: total });
    expect(reports.length).toBeGreaterThan(4);
  });

  it('keeps refs with slashes as nested files', async () => {
    await fetchSnapshot(
      { ...reference, revision: 'refs/pr/1' },
      { environment: environmentFor(server, cache) },
    );
    expect(server.log[0]).toBe('GET hub /api/models/acme/tiny-bert/revision/refs%2Fpr%2F1');
    const ref = join(cache, 'models--acme--tiny-bert', 'refs', 'refs', 'pr', '1');
    expect(await readFile(ref, 'utf8')).toBe(commit);
  });

  it('puts the files themselves into the snapshot where links are not wanted', async () => {
    const environment = environmentFor(server, cache, { symlinks: false });
    const folder = await fetchSnapshot(reference, { environment });
    expect(await listTree(folder)).toEqual([
      'config.json',
      'model.safetensors',
      'tokenizer_config.json',
      'vocab.txt',
    ]);
    expect(weights.equals(await readFile(join(folder, 'model.safetensors')))).toBe(true);
    const before = server.seen.length;
    await fetchSnapshot(reference, { environment });
    expect(server.log.slice(before)).toEqual(['GET hub /api/models/acme/tiny-bert/revision/main']);
  });
});

describe('a second download', () => {
  it('copies a blob that is there where links are not wanted', async () => {
    const folder = await fetchSnapshot(reference, { environment: environmentFor(server, cache) });
    await rm(join(folder, 'model.safetensors'));
    const environment = environmentFor(server, cache, { symlinks: false });
    await fetchSnapshot(reference, { environment });
    expect(await listTree(folder)).toContain('model.safetensors');
    expect(weights.equals(await readFile(join(folder, 'model.safetensors')))).toBe(true);
    expect(server.log.filter((line) => line.startsWith('GET storage'))).toHaveLength(1);
  });

  it('asks only for the commit', async () => {
    const environment = environmentFor(server, cache);
    await fetchSnapshot(reference, { environment });
    const before = server.seen.length;
    await fetchSnapshot(reference, { environment });
    expect(server.log.slice(before)).toEqual(['GET hub /api/models/acme/tiny-bert/revision/main']);
  });

  it('asks for nothing if the revision is a commit that is there', async () => {
    const environment = environmentFor(server, cache);
    const pinned = { ...reference, revision: commit };
    await fetchSnapshot(pinned, { environment });
    const before = server.seen.length;
    await fetchSnapshot(pinned, { environment });
    expect(server.seen.length).toBe(before);
    // A commit is its own name: no ref is written for it.
    await expect(access(join(cache, 'models--acme--tiny-bert', 'refs'))).rejects.toThrow('ENOENT');
  });

  it('follows the branch to a new commit and shares the unchanged blobs', async () => {
    const environment = environmentFor(server, cache);
    await fetchSnapshot(reference, { environment });
    const next = 'd'.repeat(40);
    const config = { bytes: Buffer.from('{"model_type":"bert","changed":true}') };
    server.repositories = [
      { ...sample, commit: next, files: { ...sample.files, 'config.json': config } },
    ];
    const before = server.seen.length;
    const folder = await fetchSnapshot(reference, { environment });
    expect(folder).toContain(next);
    expect(await readFile(join(folder, 'config.json'), 'utf8')).toContain('changed');
    const fetched = server.log.slice(before).filter((line) => line.startsWith('GET'));
    expect(fetched).toEqual([
      'GET hub /api/models/acme/tiny-bert/revision/main',
      `GET hub /acme/tiny-bert/resolve/${next}/config.json`,
    ]);
    expect(await readFile(join(cache, 'models--acme--tiny-bert/refs/main'), 'utf8')).toBe(next);
  });

  it('fetches again a blob that another program cut short, and a link that leads nowhere', async () => {
    const environment = environmentFor(server, cache);
    const folder = await fetchSnapshot(reference, { environment });
    const blobs = join(cache, 'models--acme--tiny-bert', 'blobs');
    await rm(join(folder, 'model.safetensors'));
    await writeFile(join(blobs, sha256(weights)), weights.subarray(0, 1000));
    await rm(join(blobs, 'cc8a6b41c02264f7110eed9d6cac93bc973dcf7b'));
    await fetchSnapshot(reference, { environment });
    expect(weights.equals(await readFile(join(folder, 'model.safetensors')))).toBe(true);
    expect(await readFile(join(folder, 'config.json'), 'utf8')).toContain('bert');
  });
});

describe('without the hub', () => {
  it('uses the cache, silently if offline and with a warning if the hub is gone', async () => {
    const environment = environmentFor(server, cache);
    const folder = await fetchSnapshot(reference, { environment });
    const before = server.seen.length;
    expect(await fetchSnapshot(reference, { environment: { ...environment, offline: true } })).toBe(
      folder,
    );
    expect(server.seen.length).toBe(before);

    const warnings: string[] = [];
    const gone = { ...environment, endpoint: await unusedAddress() };
    const found = await fetchSnapshot(reference, {
      environment: gone,
      onWarning: (sentence) => warnings.push(sentence),
    });
    expect(found).toBe(folder);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(
      /^cannot get http.*ECONNREFUSED.*using the copy of acme\/tiny-bert/,
    );
  });

  it('falls back on the whole older commit if a newer one was only begun', async () => {
    const environment = environmentFor(server, cache);
    const folder = await fetchSnapshot(reference, { environment });
    const larger = { bytes: Buffer.concat([weights, weights]), large: true };
    server.repositories = [
      {
        ...sample,
        commit: 'd'.repeat(40),
        files: { ...sample.files, 'model.safetensors': larger },
      },
    ];
    server.fault = ({ host }, _request, response) => {
      if (host === 'storage') {
        response.destroy();
      }
      return host === 'storage';
    };
    await expect(fetchSnapshot(reference, { environment, retries })).rejects.toMatchObject({
      code: 'HUB_UNREACHABLE',
    });
    expect(await fetchSnapshot(reference, { environment: { ...environment, offline: true } })).toBe(
      folder,
    );
  });

  it('names the first missing file, the cache and the reason', async () => {
    const environment = environmentFor(server, cache, { offline: true });
    await expect(fetchSnapshot(reference, { environment })).rejects.toMatchObject({
      code: 'HUB_CACHE_INCOMPLETE',
      message: `HF_HUB_OFFLINE is set, and the cache ${cache} has no config.json of acme/tiny-bert`,
    });
    const gone = environmentFor(server, cache, {
      endpoint: await unusedAddress(),
      unusedProxy: 'HTTPS_PROXY',
    });
    await expect(fetchSnapshot(reference, { environment: gone, retries })).rejects.toMatchObject({
      code: 'HUB_UNREACHABLE',
      message: expect.stringMatching(
        /ECONNREFUSED .*\(tried 3 times\) \(HTTPS_PROXY is set, but this Node ignores it\); and the cache .* has no config\.json of it/,
      ) as unknown,
    });
  });

  it('does not take a snapshot without weights for whole', async () => {
    server.fault = ({ host }, _request, response) => {
      if (host === 'storage') {
        response.destroy();
      }
      return host === 'storage';
    };
    const environment = environmentFor(server, cache);
    await expect(fetchSnapshot(reference, { environment, retries })).rejects.toThrow();
    const offline = { ...environment, offline: true };
    await expect(fetchSnapshot(reference, { environment: offline })).rejects.toThrow(
      'has no model.safetensors of acme/tiny-bert',
    );
  });
});

it('says so where the cache cannot be written', async () => {
  await writeFile(join(cache, 'file'), '');
  const environment = environmentFor(server, join(cache, 'file', 'hub'));
  await expect(fetchSnapshot(reference, { environment })).rejects.toMatchObject({
    code: 'WRITE_FAILED',
  });
});

describe('the choice of files', () => {
  async function fetched(files: ServedRepository['files']): Promise<string[]> {
    server.repositories = [{ ...sample, files }];
    return listTree(await fetchSnapshot(reference, { environment: environmentFor(server, cache) }));
  }
  const file = { bytes: Buffer.from('{}') };

  it('takes the index and all shards where the weights are in several files', async () => {
    const index = {
      bytes: Buffer.from(
        JSON.stringify({
          weight_map: {
            a: 'model-00001-of-00002.safetensors',
            b: 'model-00002-of-00002.safetensors',
          },
        }),
      ),
    };
    const names = await fetched({
      'config.json': file,
      'vocab.txt': file,
      'model.safetensors.index.json': index,
      'model-00001-of-00002.safetensors': { bytes: Buffer.from('one'), large: true },
      'model-00002-of-00002.safetensors': { bytes: Buffer.from('two'), large: true },
      'pytorch_model-00001-of-00001.bin': file,
    });
    expect(names.map((line) => line.split(' ')[0])).toEqual([
      'config.json',
      'model-00001-of-00002.safetensors',
      'model-00002-of-00002.safetensors',
      'model.safetensors.index.json',
      'vocab.txt',
    ]);
    const offline = environmentFor(server, cache, { offline: true });
    const folder = await fetchSnapshot(reference, { environment: offline });
    await rm(join(folder, 'model-00002-of-00002.safetensors'));
    await expect(fetchSnapshot(reference, { environment: offline })).rejects.toThrow(
      'has no model-00002-of-00002.safetensors',
    );
  });

  it("takes a checkpoint in Google's layout", async () => {
    const names = await fetched({
      'bert_config.json': file,
      'vocab.txt': file,
      'bert_model.ckpt.index': { bytes: Buffer.from('index') },
      'bert_model.ckpt.meta': { bytes: Buffer.from('graph') },
      'bert_model.ckpt.data-00000-of-00001': { bytes: Buffer.from('data'), large: true },
    });
    expect(names.map((line) => line.split(' ')[0])).toEqual([
      'bert_config.json',
      'bert_model.ckpt.data-00000-of-00001',
      'bert_model.ckpt.index',
      'vocab.txt',
    ]);
    const offline = environmentFor(server, cache, { offline: true });
    const folder = await fetchSnapshot(reference, { environment: offline });
    await rm(join(folder, 'bert_model.ckpt.data-00000-of-00001'));
    await expect(fetchSnapshot(reference, { environment: offline })).rejects.toThrow(
      'has no bert_model.ckpt.data-00000-of-00001',
    );
  });

  it('takes a polytag model folder whole, its manifest last', async () => {
    const names = await fetched({
      '.gitattributes': file,
      'polytag.json': { bytes: Buffer.from('{"labels":[]}') },
      'config.json': file,
      'tokenizer.json': { bytes: Buffer.from('{"model":{}}') },
      'onnx/model.onnx': { bytes: Buffer.from('onnx'), large: true },
      'baseline/weights.npy': { bytes: Buffer.from('npy') },
      'model.safetensors': { bytes: Buffer.from('weights'), large: true },
    });
    expect(names).toContain('onnx/model.onnx -> ../../../blobs/' + sha256(Buffer.from('onnx')));
    expect(names.map((line) => line.split(' ')[0])).toEqual([
      'baseline/',
      'baseline/weights.npy',
      'config.json',
      'model.safetensors',
      'onnx/',
      'onnx/model.onnx',
      'polytag.json',
      'tokenizer.json',
    ]);
    const described = server.log.filter((line) => line.startsWith('HEAD'));
    expect(described.at(-1)).toMatch(/polytag\.json$/);
  });

  it('says what is missing where nothing can be read', async () => {
    const environment = environmentFor(server, cache);
    server.repositories = [
      { ...sample, files: { 'config.json': file, 'vocab.txt': file, 'pytorch_model.bin': file } },
    ];
    await expect(fetchSnapshot(reference, { environment })).rejects.toMatchObject({
      code: 'HUB_NO_ENCODER',
      message:
        'acme/tiny-bert has no weights (model.safetensors) that polytag can read (it holds config.json, vocab.txt, pytorch_model.bin)',
    });
    expect(await listTree(cache)).toEqual([]);
  });

  it('refuses names that would leave the folder before anything is written', async () => {
    server.repositories = [
      {
        ...sample,
        files: { ...sample.files, 'polytag.json': file, 'onnx/../../../../evil': file },
      },
    ];
    const inner = join(cache, 'inner');
    await mkdir(inner);
    await expect(
      fetchSnapshot(reference, { environment: environmentFor(server, inner) }),
    ).rejects.toMatchObject({ code: 'HUB_ANSWER_INVALID' });
    expect(await listTree(cache)).toEqual(['inner/']);
  });
});

async function unusedAddress(): Promise<string> {
  const short = await HubServer.start();
  const { endpoint } = short;
  await short.close();
  return endpoint;
}
