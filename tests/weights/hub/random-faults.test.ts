import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PolytagError } from '../../../src/errors/index.js';
import { fetchSnapshot } from '../../../src/weights/hub/snapshot.js';
import { gitHash, HubServer, refuse, sendBytes, sha256 } from './hub-server.js';
import { commit, environmentFor, sample, weights } from './sample-repository.js';

const faults: Record<string, (request: IncomingMessage, response: ServerResponse) => void> = {
  hangUp: (_request, response) => response.destroy(),
  cutShort: (request, response) => {
    response.setHeader('Content-Length', 400_000);
    response.write(request.method === 'HEAD' ? '' : weights.subarray(0, 9_000));
    setTimeout(() => response.destroy(), 5);
  },
  busy: (_request, response) => {
    refuse(response, 503, null);
  },
  otherBytes: (request, response) => {
    sendBytes(Buffer.from(weights).reverse(), request, response);
  },
  otherLength: (request, response) => {
    sendBytes(weights.subarray(0, 1_000), request, response);
  },
  noRange: (_request, response) => {
    response.end(weights);
  },
  wrongRange: (_request, response) => {
    response.statusCode = 206;
    response.setHeader('Content-Range', 'bytes 100-399999/400000');
    response.end(weights.subarray(100));
  },
  noSuchRange: (_request, response) => {
    response.statusCode = 416;
    response.end();
  },
  page: (_request, response) => {
    response.end('<html>');
  },
  nothing: (_request, response) => {
    response.statusCode = 204;
    response.end();
  },
};

const plan = fc.array(fc.option(fc.constantFrom(...Object.keys(faults)), { freq: 2 }), {
  maxLength: 24,
});

it('ends with the right bytes or one sentence, whatever the server does in whatever order', async () => {
  const server = await HubServer.start(sample);
  let succeeded = 0;
  let refused = 0;
  try {
    await fc.assert(
      fc.asyncProperty(plan, async (steps) => {
        const cache = await mkdtemp(join(tmpdir(), 'polytag-hub-'));
        const pending = [...steps];
        server.fault = (_seen, request, response) => {
          const name = pending.shift() ?? null;
          if (name !== null) {
            faults[name](request, response);
          }
          return name !== null;
        };
        const folder = await fetchSnapshot(
          { repository: 'acme/tiny-bert', revision: 'main' },
          { environment: environmentFor(server, cache), retries: { retries: 3, delay: 0 } },
        ).catch((error: unknown) => {
          // Anything else would be printed with its stack, as a bug.
          expect(error).toBeInstanceOf(PolytagError);
          return null;
        });
        if (folder === null) {
          refused++;
        } else {
          succeeded++;
          expect(folder).toBe(join(cache, 'models--acme--tiny-bert', 'snapshots', commit));
          expect(weights.equals(await readFile(join(folder, 'model.safetensors')))).toBe(true);
        }
        await expectHonestBlobs(cache);
        await rm(cache, { recursive: true });
      }),
      { numRuns: Number(process.env.POLYTAG_TEST_RUNS ?? 40), seed: 11 },
    );
  } finally {
    await server.close();
  }
  // Both ends are reached, so the test tests something.
  expect(succeeded).toBeGreaterThan(5);
  expect(refused).toBeGreaterThan(5);
});

/** Every finished blob holds what its name says. */
async function expectHonestBlobs(cache: string): Promise<void> {
  const folder = join(cache, 'models--acme--tiny-bert', 'blobs');
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.endsWith('.incomplete')) {
      const bytes = await readFile(join(folder, name));
      expect([sha256(bytes), gitHash(bytes)]).toContain(name);
    }
  }
}
