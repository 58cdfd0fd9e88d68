import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HubServer, sha256 } from './hub-server.js';
import { commit, sample, weights } from './sample-repository.js';

const snapshotModule = new URL('../../../dist/weights/hub/snapshot.js', import.meta.url).href;

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

/** A process of its own that fetches the sample with the environment variables a user would set. */
function startFetch(): ChildProcess {
  const program = `import { fetchSnapshot } from ${JSON.stringify(snapshotModule)};
    const reference = { repository: 'acme/tiny-bert', revision: 'main' };
    console.log(await fetchSnapshot(reference, { retries: { retries: 3, delay: 10 } }));`;
  return spawn(process.execPath, ['--input-type=module', '--eval', program], {
    env: { PATH: process.env.PATH, HOME: cache, HF_ENDPOINT: server.endpoint, HF_HUB_CACHE: cache },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function result(child: ChildProcess): Promise<{ code: unknown; output: string }> {
  let output = '';
  child.stdout?.on('data', (text: Buffer) => {
    output += text.toString();
  });
  const [code] = (await once(child, 'close')) as unknown[];
  return { code, output: output.trim() };
}

describe('several processes that want the same model at once', () => {
  it('all get it, and it is downloaded once', async () => {
    // Slow enough that the others come while the first is at it.
    server.fault = ({ host }, _request, response) => {
      if (host === 'hub') {
        return false;
      }
      response.setHeader('Content-Length', weights.length);
      let at = 0;
      const timer = setInterval(() => {
        response.write(weights.subarray(at, at + 10_000));
        at += 10_000;
        if (at >= weights.length) {
          clearInterval(timer);
          response.end();
        }
      }, 50);
      return true;
    };
    const results = await Promise.all([1, 2, 3].map(() => result(startFetch())));
    const folder = join(cache, 'models--acme--tiny-bert', 'snapshots', commit);
    expect(results).toEqual(Array(3).fill({ code: 0, output: folder }));
    expect(weights.equals(await readFile(join(folder, 'model.safetensors')))).toBe(true);
    expect(server.log.filter((line) => line.startsWith('GET storage'))).toHaveLength(1);
    expect(await readdir(join(cache, 'models--acme--tiny-bert', 'blobs'))).toHaveLength(4);
    expect(await readdir(join(cache, '.locks', 'models--acme--tiny-bert'))).toEqual([]);
  });
});

describe('a process that is killed', () => {
  it('leaves a file that the next run continues, and no lock in its way', async () => {
    let half: () => void = () => undefined;
    const halfSent = new Promise<void>((resolve) => {
      half = resolve;
    });
    server.fault = ({ host }, _request, response) => {
      if (host === 'hub') {
        return false;
      }
      response.setHeader('Content-Length', weights.length);
      response.write(weights.subarray(0, 200_000), half);
      return true;
    };
    const first = startFetch();
    const ended = result(first);
    await halfSent;
    const partial = join(cache, 'models--acme--tiny-bert/blobs', `${sha256(weights)}.incomplete`);
    await expect
      .poll(() => readFile(partial).then(({ length }) => length), { timeout: 10_000 })
      .toBe(200_000);
    first.kill('SIGKILL');
    await ended;

    server.fault = () => false;
    const before = server.seen.length;
    const second = await result(startFetch());
    expect(second.code).toBe(0);
    expect(weights.equals(await readFile(join(second.output, 'model.safetensors')))).toBe(true);
    expect(server.log.slice(before).filter((line) => line.startsWith('GET storage'))).toEqual([
      `GET storage /${sha256(weights)}?signed bytes=200000-`,
    ]);
  });
});
