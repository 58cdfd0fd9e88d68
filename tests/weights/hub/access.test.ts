import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fetchSnapshot } from '../../../src/weights/hub/snapshot.js';
import { HubServer, refuse } from './hub-server.js';
import { environmentFor, sample } from './sample-repository.js';

const reference = { repository: 'acme/tiny-bert', revision: 'main' };
const retries = { retries: 2, delay: 1 };

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

function fetchSample(token: string | undefined): Promise<string> {
  const environment = environmentFor(server, cache, { token });
  return fetchSnapshot(reference, { environment, retries });
}

describe('the token', () => {
  it('goes to the hub with every request, and never to the storage host', async () => {
    await fetchSample('hf_secret');
    const seen = (host: string): Set<string | null> =>
      new Set(
        server.seen.filter((request) => request.host === host).map((one) => one.authorization),
      );
    expect(seen('hub')).toEqual(new Set(['Bearer hf_secret']));
    expect(seen('storage')).toEqual(new Set([null]));
    expect(server.log.filter((line) => line.startsWith('GET storage'))).toHaveLength(1);
  });

  it('does not follow any redirect to another port, and comes back with one that returns', async () => {
    const elsewhere = await HubServer.start(sample);
    try {
      server.fault = ({ path }, _request, response) => {
        if (!path.startsWith('/api/') || path.endsWith('?again')) {
          return false;
        }
        response.statusCode = 307;
        response.setHeader('Location', `${elsewhere.endpoint}${path}`);
        response.end();
        return true;
      };
      elsewhere.fault = ({ path }, _request, response) => {
        response.statusCode = 302;
        response.setHeader('Location', `${server.endpoint}${path}?again`);
        response.end();
        return true;
      };
      await fetchSample('hf_secret');
      expect(elsewhere.seen.map(({ authorization }) => authorization)).toEqual([null]);
      const again = server.seen.filter(({ path }) => path.endsWith('?again'));
      expect(again.map(({ authorization }) => authorization)).toEqual(['Bearer hf_secret']);
    } finally {
      await elsewhere.close();
    }
  });

  it('is in no error message', async () => {
    server.fault = (_seen, _request, response) => {
      refuse(response, 401, null);
      return true;
    };
    const error: unknown = await fetchSample('hf_secret').catch((caught: unknown) => caught);
    expect(String(error)).not.toContain('hf_secret');
    expect(JSON.stringify(error)).not.toContain('hf_secret');
  });
});

describe('a renamed repository', () => {
  it('is followed, and cached under the name that was asked for', async () => {
    const renamed = { repository: 'old-owner/tiny', revision: 'main' };
    server.fault = ({ path }, _request, response) => {
      if (!path.includes('old-owner/tiny')) {
        return false;
      }
      response.statusCode = 307;
      response.setHeader('Location', path.replace('old-owner/tiny', 'acme/tiny-bert'));
      response.end();
      return true;
    };
    const folder = await fetchSnapshot(renamed, { environment: environmentFor(server, cache) });
    expect(folder).toContain('models--old-owner--tiny');
  });

  it('is given up if it leads in circles, or to something that is no address', async () => {
    server.fault = ({ path }, _request, response) => {
      response.statusCode = 302;
      response.setHeader('Location', path);
      response.end();
      return true;
    };
    await expect(fetchSample(undefined)).rejects.toThrow('it redirects more than 8 times');
    server.fault = (_seen, _request, response) => {
      response.statusCode = 302;
      response.setHeader('Location', 'file:///etc/passwd');
      response.end();
      return true;
    };
    await expect(fetchSample(undefined)).rejects.toMatchObject({ code: 'HUB_ANSWER_INVALID' });
  });
});

describe('a refusal', () => {
  // status, X-Error-Code, token sent, code of ours, a part of the sentence
  it.each([
    [401, null, undefined, 'HUB_UNAUTHORIZED', 'it is private, or does not exist'],
    [401, 'RepoNotFound', undefined, 'HUB_UNAUTHORIZED', 'it is private, or does not exist'],
    [401, null, 'hf_wrong', 'HUB_UNAUTHORIZED', 'refused the token that was sent for acme'],
    [401, 'GatedRepo', undefined, 'HUB_GATED', 'and a token be sent'],
    [403, 'GatedRepo', 'hf_mine', 'HUB_GATED', 'by the account whose token was sent'],
    [403, null, 'hf_mine', 'HUB_FORBIDDEN', 'the token that was sent may not read acme/tiny-bert'],
    [403, null, undefined, 'HUB_FORBIDDEN', 'without a token'],
    [404, 'RepoNotFound', undefined, 'HUB_REPOSITORY_MISSING', 'there is no model acme/tiny-bert'],
    [404, null, undefined, 'HUB_REPOSITORY_MISSING', 'there is no model acme/tiny-bert'],
    [404, 'RevisionNotFound', undefined, 'HUB_REVISION_MISSING', 'has no revision "main"'],
    [418, null, undefined, 'HUB_ANSWER_INVALID', 'HTTP 418'],
  ])('with %i %s, token %s, is %s', async (status, code, token, expected, sentence) => {
    server.fault = (_seen, _request, response) => {
      refuse(response, status, code);
      return true;
    };
    await expect(fetchSample(token)).rejects.toMatchObject({
      code: expected,
      message: expect.stringContaining(sentence) as unknown,
    });
    // Asking again would change nothing.
    expect(server.seen).toHaveLength(1);
  });

  it('of one file names the file', async () => {
    server.fault = ({ path }, _request, response) => {
      if (!path.endsWith('vocab.txt')) {
        return false;
      }
      refuse(response, 404, 'EntryNotFound');
      return true;
    };
    await expect(fetchSample(undefined)).rejects.toMatchObject({
      code: 'HUB_FILE_MISSING',
      message: 'acme/tiny-bert has no file vocab.txt on the hub',
    });
  });

  it('of the files of a gated model whose list is public says that it is gated', async () => {
    server.fault = ({ path }, _request, response) => {
      if (!path.includes('/resolve/')) {
        return false;
      }
      refuse(response, 401, 'GatedRepo');
      return true;
    };
    await expect(fetchSample(undefined)).rejects.toMatchObject({ code: 'HUB_GATED' });
  });
});

describe('an answer that is none', () => {
  it.each([
    ['a login page', '<html>Welcome to the airport</html>'],
    ['another service', '{"error":"not found"}'],
    ['no commit', '{"sha":null,"siblings":[]}'],
    ['no list', '{"sha":"c1d2e3f4a5b60718293a4b5c6d7e8f9012345678","siblings":{"a":1}}'],
    ['null', 'null'],
    ['nothing', ''],
  ])('is named as such: %s', async (_name, text) => {
    server.fault = (_seen, _request, response) => {
      response.end(text);
      return true;
    };
    await expect(fetchSample(undefined)).rejects.toMatchObject({ code: 'HUB_ANSWER_INVALID' });
  });
});
