import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readHubEnvironment } from '../../../src/weights/hub/environment.js';

let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'polytag-home-'));
});

afterEach(async () => {
  await rm(home, { recursive: true, force: true });
});

// Expectations are what huggingface_hub 2.4.0 has in constants.HF_HUB_CACHE for the same variables.
describe('the cache folder', () => {
  it.each([
    [{}, '.cache/huggingface/hub'],
    [{ XDG_CACHE_HOME: '$HOME/xdg' }, 'xdg/huggingface/hub'],
    [{ HF_HOME: '~/hf' }, 'hf/hub'],
    [{ HF_HOME: '$HOME/hf', XDG_CACHE_HOME: '/elsewhere' }, 'hf/hub'],
    [{ HUGGINGFACE_HUB_CACHE: '${HOME}/old', HF_HOME: '~/hf' }, 'old'],
    [{ HF_HUB_CACHE: '~/new', HUGGINGFACE_HUB_CACHE: '~/old' }, 'new'],
    [{ HF_HUB_CACHE: '~/$UNSET_NAME' }, '$UNSET_NAME'],
    [{ HF_HUB_CACHE: '', HF_HOME: '' }, '.cache/huggingface/hub'],
  ])('with %j is %s', async (variables, expected) => {
    const environment = await readHubEnvironment({ HOME: home, ...variables });
    expect(environment.cacheFolder).toBe(join(home, expected));
  });
});

describe('the token', () => {
  async function token(variables: Record<string, string>): Promise<string | undefined> {
    return (await readHubEnvironment({ HOME: home, ...variables })).token;
  }

  it('is HF_TOKEN, else the older name, else the token file, else none', async () => {
    expect(await token({})).toBeUndefined();
    await mkdir(join(home, '.cache/huggingface'), { recursive: true });
    await writeFile(join(home, '.cache/huggingface/token'), 'hf_file\n');
    expect(await token({})).toBe('hf_file');
    expect(await token({ HUGGING_FACE_HUB_TOKEN: 'hf_older' })).toBe('hf_older');
    expect(await token({ HUGGING_FACE_HUB_TOKEN: 'hf_older', HF_TOKEN: ' hf_new\r\n' })).toBe(
      'hf_new',
    );
    expect(await token({ HF_TOKEN: '' })).toBe('hf_file');
    expect(await token({ HF_HUB_DISABLE_IMPLICIT_TOKEN: '1' })).toBeUndefined();
  });

  it('is read from HF_TOKEN_PATH, or from under HF_HOME', async () => {
    await writeFile(join(home, 'my-token'), 'hf_path');
    expect(await token({ HF_TOKEN_PATH: '~/my-token' })).toBe('hf_path');
    await mkdir(join(home, 'hf'));
    await writeFile(join(home, 'hf', 'token'), 'hf_home');
    expect(await token({ HF_HOME: '~/hf' })).toBe('hf_home');
  });

  it('is ignored where it could not stand in a header', async () => {
    expect(await token({ HF_TOKEN: 'two words' })).toBeUndefined();
    expect(await token({ HF_TOKEN: 'hf_ü' })).toBeUndefined();
  });
});

describe('switches', () => {
  it.each([
    ['1', true],
    ['on', true],
    ['Yes', true],
    ['TRUE', true],
    ['0', false],
    ['', false],
    ['maybe', false],
  ])('HF_HUB_OFFLINE=%s is %s', async (value, expected) => {
    expect((await readHubEnvironment({ HOME: home, HF_HUB_OFFLINE: value })).offline).toBe(
      expected,
    );
  });

  it('TRANSFORMERS_OFFLINE and HF_HUB_DISABLE_SYMLINKS work as in Python', async () => {
    const environment = await readHubEnvironment({
      HOME: home,
      TRANSFORMERS_OFFLINE: '1',
      HF_HUB_DISABLE_SYMLINKS: '1',
    });
    expect(environment).toMatchObject({ offline: true, symlinks: false });
  });

  it('timeouts are seconds, and 10 where they make no sense', async () => {
    const read = (value: string): Promise<number> =>
      readHubEnvironment({ HOME: home, HF_HUB_DOWNLOAD_TIMEOUT: value }).then(
        ({ silenceTimeout }) => silenceTimeout,
      );
    expect(await read('30')).toBe(30_000);
    expect(await read('never')).toBe(10_000);
    expect(await read('-1')).toBe(10_000);
    expect(await read('1e9')).toBe(10_000);
  });

  it('names a proxy variable that this Node does not use', async () => {
    const environment = await readHubEnvironment({ HOME: home, https_proxy: 'http://proxy:3128' });
    expect(environment.unusedProxy).toBe('https_proxy');
    expect((await readHubEnvironment({ HOME: home })).unusedProxy).toBeNull();
  });
});

describe('the endpoint', () => {
  it('loses slashes at its end, and may have a path', async () => {
    const read = async (value?: string): Promise<string> =>
      (await readHubEnvironment({ HOME: home, HF_ENDPOINT: value })).endpoint;
    expect(await read()).toBe('https://huggingface.co');
    expect(await read('http://mirror.example:8080/hub//')).toBe('http://mirror.example:8080/hub');
  });

  it.each(['mirror.example', 'ftp://mirror.example', 'https://user:word@mirror.example', '/tmp'])(
    'is refused where it is %s',
    async (value) => {
      await expect(readHubEnvironment({ HOME: home, HF_ENDPOINT: value })).rejects.toMatchObject({
        code: 'HUB_ENDPOINT_INVALID',
      });
    },
  );
});
