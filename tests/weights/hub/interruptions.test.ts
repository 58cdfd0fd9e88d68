import { statSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fetchSnapshot, type SnapshotOptions } from '../../../src/weights/hub/snapshot.js';
import { breakOff, gitHash, HubServer, refuse, sendBytes, sha256 } from './hub-server.js';
import { commit, environmentFor, sample, weights } from './sample-repository.js';

const reference = { repository: 'acme/tiny-bert', revision: 'main' };
const retries = { retries: 3, delay: 1 };

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

function fetchSample(changes: SnapshotOptions = {}): Promise<string> {
  return fetchSnapshot(reference, {
    environment: environmentFor(server, cache),
    retries,
    ...changes,
  });
}

async function expectWeights(folder: string): Promise<void> {
  expect(weights.equals(await readFile(join(folder, 'model.safetensors')))).toBe(true);
}

function blobs(): Promise<string[]> {
  return readdir(join(cache, 'models--acme--tiny-bert', 'blobs'));
}

/** The blob of the weights must not be there, under whatever name. */
async function expectNoWeights(): Promise<void> {
  const names = await blobs();
  expect(names.filter((name) => name.startsWith(sha256(weights)))).toEqual([]);
}

/** Whether `count` bytes of the weights lie in the file that they are downloaded into. */
function haveArrived(count: number): () => boolean {
  const path = join(cache, 'models--acme--tiny-bert', 'blobs', `${sha256(weights)}.incomplete`);
  return () => statSync(path, { throwIfNoEntry: false })?.size === count;
}

function storageLog(): string[] {
  return server.seen.filter(({ host }) => host === 'storage').map(({ range }) => range ?? 'whole');
}

describe('a connection that breaks', () => {
  it('is continued where it broke, as often as something arrives', async () => {
    const steps = [100_000, 150_000, 10, 99_990, 50_000];
    server.fault = ({ host }, request, response) => {
      const step = steps.shift();
      if (host === 'hub' || step === undefined) {
        steps.unshift(...(step === undefined ? [] : [step]));
        return false;
      }
      const start = Number(/\d+/.exec(request.headers.range ?? '0')?.[0]);
      if (start > 0) {
        response.statusCode = 206;
        response.setHeader('Content-Range', `bytes ${start}-399999/400000`);
      }
      breakOff(
        response,
        weights.subarray(start, start + step),
        400_000 - start,
        haveArrived(start + step),
      );
      return true;
    };
    await expectWeights(await fetchSample());
    expect(storageLog()).toEqual([
      'whole',
      'bytes=100000-',
      'bytes=250000-',
      'bytes=250010-',
      'bytes=350000-',
    ]);
  });

  it('is given up after some attempts that bring nothing, and what arrived is kept', async () => {
    server.fault = ({ host }, request, response) => {
      if (host === 'hub') {
        return false;
      }
      if (request.headers.range === undefined) {
        breakOff(response, weights.subarray(0, 1234), 400_000, haveArrived(1234));
      } else {
        response.destroy();
      }
      return true;
    };
    await expect(fetchSample()).rejects.toMatchObject({ code: 'HUB_UNREACHABLE' });
    expect(storageLog()).toEqual(['whole', ...Array<string>(3).fill('bytes=1234-')]);
    expect(await blobs()).toContain(`${sha256(weights)}.incomplete`);

    server.fault = () => false;
    const before = storageLog().length;
    await expectWeights(await fetchSample());
    expect(storageLog().slice(before)).toEqual(['bytes=1234-']);
    expect(await blobs()).not.toContain(`${sha256(weights)}.incomplete`);
  });

  it('is not followed for ever where each attempt brings one byte', async () => {
    let sent = 0;
    server.fault = ({ host }, request, response) => {
      if (host === 'hub') {
        return false;
      }
      const start = Number(/\d+/.exec(request.headers.range ?? '0')?.[0]);
      sent = start + 1;
      if (start > 0) {
        response.statusCode = 206;
        response.setHeader('Content-Range', `bytes ${start}-399999/400000`);
      }
      breakOff(response, weights.subarray(start, sent), 400_000 - start, haveArrived(sent));
      return true;
    };
    await expect(fetchSample()).rejects.toThrow(/tried 201 times/);
    expect(sent).toBe(201);
  });

  it('starts again where the server ignores the range', async () => {
    let requests = 0;
    server.fault = ({ host }, _request, response) => {
      if (host === 'hub') {
        return false;
      }
      if (++requests === 1) {
        breakOff(response, weights.subarray(0, 300_000), 400_000, haveArrived(300_000));
      } else {
        response.setHeader('Content-Length', weights.length);
        response.end(weights);
      }
      return true;
    };
    const counts: number[] = [];
    await expectWeights(await fetchSample({ onProgress: ({ bytes }) => counts.push(bytes) }));
    expect(storageLog()).toEqual(['whole', 'bytes=300000-']);
    expect(counts.at(-1)).toBe(400_057);
    expect(Math.max(...counts)).toBe(400_057);
  });

  it('starts again where the server sends another range than the one asked for', async () => {
    let requests = 0;
    server.fault = ({ host }, _request, response) => {
      if (host === 'hub' || ++requests > 2) {
        return false;
      }
      if (requests === 1) {
        breakOff(response, weights.subarray(0, 300_000), 400_000, haveArrived(300_000));
      } else {
        response.statusCode = 206;
        response.setHeader('Content-Range', 'bytes 200000-399999/400000');
        response.end(weights.subarray(200_000));
      }
      return true;
    };
    await expectWeights(await fetchSample());
    expect(storageLog()).toEqual(['whole', 'bytes=300000-', 'whole']);
  });

  it('is noticed when it only falls silent', async () => {
    let requests = 0;
    server.fault = ({ host }, _request, response) => {
      if (host === 'hub' || ++requests > 1) {
        return false;
      }
      response.setHeader('Content-Length', 400_000);
      response.write(weights.subarray(0, 5000));
      return true;
    };
    const environment = environmentFor(server, cache, { silenceTimeout: 200 });
    await expectWeights(await fetchSample({ environment }));
    expect(storageLog()).toEqual(['whole', 'bytes=5000-']);
  });

  it('is noticed when no answer comes at all', async () => {
    server.fault = ({ path }) => path.startsWith('/api/');
    const environment = environmentFor(server, cache, { answerTimeout: 50 });
    await expect(fetchSample({ environment, retries: { retries: 1, delay: 1 } })).rejects.toThrow(
      'nothing arrived for 0.05 s (tried 2 times)',
    );
  });
});

describe('a file left by an interrupted run', () => {
  async function leave(bytes: Buffer): Promise<void> {
    const folder = join(cache, 'models--acme--tiny-bert', 'blobs');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, `${sha256(weights)}.incomplete`), bytes);
  }

  it('is continued', async () => {
    await leave(weights.subarray(0, 399_999));
    await expectWeights(await fetchSample());
    expect(storageLog()).toEqual(['bytes=399999-']);
  });

  it('is only verified if it is whole', async () => {
    await leave(weights);
    await expectWeights(await fetchSample());
    expect(storageLog()).toEqual([]);
  });

  it('is dropped if it turns out to hold other bytes, or too many', async () => {
    await leave(Buffer.alloc(1000, 7));
    await expectWeights(await fetchSample());
    expect(storageLog()).toEqual(['bytes=1000-', 'whole']);
    await rm(cache, { recursive: true });
    await leave(Buffer.alloc(500_000, 7));
    await expectWeights(await fetchSample());
    expect(storageLog()).toEqual(['bytes=1000-', 'whole', 'whole']);
  });
});

describe('a server that is busy', () => {
  it.each([429, 500, 502, 503, 504])('is asked again after %i', async (status) => {
    const failing = new Set(['/api/', '/resolve/', 'signed']);
    server.fault = ({ path }, _request, response) => {
      const part = [...failing].find((text) => path.includes(text));
      if (part === undefined) {
        return false;
      }
      failing.delete(part);
      refuse(response, status, null);
      return true;
    };
    await expectWeights(await fetchSample());
    expect(failing.size).toBe(0);
  });

  it.each([
    ['seconds', { 'Retry-After': '1' }, 990],
    ['a date', { 'Retry-After': new Date(Date.now() + 86_400_000 * 400).toUTCString() }, null],
    ["the hub's own header", { RateLimit: '"api";r=0;t=1' }, 990],
    ['far too long', { 'Retry-After': '86400' }, null],
  ])('is left alone as long as it asks (%s)', async (_name, headers, wait) => {
    const times: number[] = [];
    server.fault = ({ path }, _request, response) => {
      if (!path.startsWith('/api/') || times.push(Date.now()) > 1) {
        return false;
      }
      response.setHeaders(new Headers(headers));
      refuse(response, 429, null);
      return true;
    };
    if (wait === null) {
      await expect(fetchSample()).rejects.toThrow(/HTTP 429; it asks to wait \d+ s/);
      expect(times).toHaveLength(1);
    } else {
      await fetchSample();
      expect(times[1] - times[0]).toBeGreaterThanOrEqual(wait);
    }
  });

  it('is given up with the last status', async () => {
    server.fault = (_seen, _request, response) => {
      refuse(response, 503, null);
      return true;
    };
    await expect(fetchSample()).rejects.toMatchObject({
      code: 'HUB_UNREACHABLE',
      message: expect.stringContaining('HTTP 503 (tried 4 times)') as unknown,
    });
    expect(server.seen).toHaveLength(4);
  });

  it('gives a new signed address where the old one has expired', async () => {
    let requests = 0;
    server.fault = ({ host }, _request, response) => {
      if (host === 'hub' || ++requests > 1) {
        return false;
      }
      refuse(response, 403, null);
      return true;
    };
    await expectWeights(await fetchSample());
    const asked = server.log.filter((line) => /^GET hub .*model\.safetensors/.test(line));
    expect(asked).toHaveLength(2);
  });
});

describe('bytes that are not what the hub promised', () => {
  it.each([
    ['one changed', Buffer.from(weights.map((byte, index) => (index === 77 ? byte ^ 1 : byte)))],
    ['fewer', weights.subarray(0, 399_000)],
    ['more', Buffer.concat([weights, Buffer.alloc(10)])],
    ['none', Buffer.alloc(0)],
  ])('are refused and not kept: %s', async (_name, bytes) => {
    server.fault = ({ host }, request, response) => {
      if (host === 'storage') {
        sendBytes(bytes, request, response);
      }
      return host === 'storage';
    };
    await expect(fetchSample()).rejects.toMatchObject({
      code: 'HUB_FILE_CORRUPT',
      message: expect.stringMatching(
        /^model\.safetensors of acme\/tiny-bert arrived damaged/,
      ) as unknown,
    });
    await expectNoWeights();
  });

  it('are asked for once more, and taken if right then', async () => {
    let requests = 0;
    server.fault = ({ host }, request, response) => {
      if (host === 'hub' || ++requests > 1) {
        return false;
      }
      sendBytes(Buffer.alloc(400_000), request, response);
      return true;
    };
    await expectWeights(await fetchSample());
    expect(storageLog()).toEqual(['whole', 'whole']);
  });

  it('stop at the promised size although no length is announced', async () => {
    let sent = 0;
    server.fault = ({ host }, _request, response) => {
      if (host === 'hub') {
        return false;
      }
      const more = (): void => {
        sent += 100_000;
        if (!response.destroyed && sent < 50_000_000) {
          response.write(Buffer.alloc(100_000), more);
        }
      };
      more();
      return true;
    };
    await expect(fetchSample()).rejects.toThrow('more bytes arrived than the 400000');
    expect(sent).toBeLessThan(20_000_000);
    await expectNoWeights();
  });

  it('are noticed in small files by the hash that Git gives them', async () => {
    server.fault = ({ path, method }, request, response) => {
      if (!path.endsWith('vocab.txt') || method === 'HEAD') {
        return false;
      }
      sendBytes(Buffer.from('[PAD]\n[UNk]\n'), request, response);
      return true;
    };
    await expect(fetchSample()).rejects.toThrow(
      `its Git hash is ${gitHash(Buffer.from('[PAD]\n[UNk]\n'))}; expected 9b63652e4599b6f141f83f77374ca035004e0c8f`,
    );
  });

  it('are not even asked for where the disk has no room for them', async () => {
    server.fault = ({ path, method }, _request, response) => {
      if (!path.endsWith('model.safetensors') || method !== 'HEAD') {
        return false;
      }
      response.setHeader('X-Linked-Etag', `"${sha256(weights)}"`);
      response.setHeader('X-Linked-Size', '999999999999999');
      response.end();
      return true;
    };
    await expect(fetchSample()).rejects.toMatchObject({
      code: 'DISK_FULL',
      message: expect.stringMatching(/free, 953674316\.\d MiB needed/) as unknown,
    });
    expect(server.log.filter((line) => line.includes('storage'))).toEqual([]);
  });

  it.each([
    ['no ETag', ''],
    ['a path', '"../../../evil"'],
    ['a hidden name', '".."'],
  ])('are not asked for where the ETag cannot be trusted as a name: %s', async (_name, etag) => {
    server.fault = ({ path, method }, _request, response) => {
      if (!path.endsWith('config.json') || method !== 'HEAD') {
        return false;
      }
      if (etag !== '') {
        response.setHeader('ETag', etag);
      }
      response.setHeader('Content-Length', 22);
      response.end();
      return true;
    };
    await expect(fetchSample()).rejects.toMatchObject({ code: 'HUB_ANSWER_INVALID' });
  });
});

describe('a file that changes on the hub', () => {
  const changed = Buffer.from(weights).reverse();

  it('is fetched anew when its ETag changes between the attempts', async () => {
    let requests = 0;
    server.fault = ({ host }, _request, response) => {
      if (host === 'hub' || ++requests > 1) {
        return false;
      }
      breakOff(response, weights.subarray(0, 200_000), 400_000, haveArrived(200_000));
      server.repositories = [
        {
          ...sample,
          files: { ...sample.files, 'model.safetensors': { bytes: changed, large: true } },
        },
      ];
      return true;
    };
    const folder = await fetchSample();
    expect(changed.equals(await readFile(join(folder, 'model.safetensors')))).toBe(true);
    // The 200,000 bytes of the old file are not continued with bytes of the new one.
    expect(storageLog().slice(-1)).toEqual(['whole']);
    await expectNoWeights();
  });

  it('is taken by its hash where GET always names another ETag than HEAD', async () => {
    server.fault = ({ path, method }, request, response) => {
      if (!path.endsWith('vocab.txt') || method === 'HEAD') {
        return false;
      }
      response.setHeader('ETag', 'W/"something-else"');
      sendBytes(sample.files['vocab.txt'].bytes, request, response);
      return true;
    };
    await expectWeights(await fetchSample());
  });

  it('is given up if it changes with every request', async () => {
    let count = 0;
    server.fault = ({ path }, request, response) => {
      if (!path.endsWith('vocab.txt')) {
        return false;
      }
      response.setHeader('ETag', `"version-${count++}"`);
      sendBytes(sample.files['vocab.txt'].bytes, request, response);
      return true;
    };
    await expect(fetchSample()).rejects.toThrow('the file changes with every request');
  });
});

describe('an abort', () => {
  it('stops the download with its reason, keeps what arrived and leaves no lock', async () => {
    const controller = new AbortController();
    const reason = new Error('the user has had enough');
    let requests = 0;
    server.fault = ({ host }, _request, response) => {
      if (host === 'hub' || ++requests > 1) {
        return false;
      }
      response.setHeader('Content-Length', 400_000);
      response.write(weights.subarray(0, 50_000));
      return true;
    };
    const pending = fetchSample({
      signal: controller.signal,
      onProgress: ({ bytes }) => {
        if (bytes >= 50_000) {
          controller.abort(reason);
        }
      },
    });
    await expect(pending).rejects.toBe(reason);
    expect(await blobs()).toContain(`${sha256(weights)}.incomplete`);
    expect(await readdir(join(cache, '.locks', 'models--acme--tiny-bert'))).toEqual([]);

    await expectWeights(await fetchSample());
    expect(storageLog()[1]).toMatch(/^bytes=\d+-$/);
  });

  it('ends the wait between two attempts', async () => {
    server.fault = (_seen, _request, response) => {
      refuse(response, 503, null);
      return true;
    };
    const signal = AbortSignal.timeout(100);
    const pending = fetchSample({ signal, retries: { retries: 3, delay: 60_000 } });
    await expect(pending).rejects.toMatchObject({ name: 'TimeoutError' });
  });
});

it('never writes outside of the cache, whatever the commit is called', async () => {
  server.repositories = [{ ...sample, commit: '../../../../tmp/evil' }];
  await expect(fetchSample()).rejects.toMatchObject({ code: 'HUB_ANSWER_INVALID' });
  server.repositories = [{ ...sample, commit }];
  await expectWeights(await fetchSample());
});
