// Reads the environment variables of Python's huggingface_hub, with the same defaults.
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { polytagError } from '../../errors/index.js';
import { homeFolder, type Variables } from '../cache-folder.js';

/** What the environment says about the hub. */
export interface HubEnvironment {
  /** Where the hub answers, without a trailing slash; `HF_ENDPOINT`, default https://huggingface.co. */
  readonly endpoint: string;
  /** The folder that holds `models--owner--name`; `HF_HUB_CACHE`, default `HF_HOME/hub`. */
  readonly cacheFolder: string;
  /** Sent to the endpoint only; `HF_TOKEN`, else the token file that `hf auth login` writes. */
  readonly token: string | undefined;
  /** `HF_HUB_OFFLINE` (or `TRANSFORMERS_OFFLINE`): no request is made at all. */
  readonly offline: boolean;
  /** False with `HF_HUB_DISABLE_SYMLINKS`: snapshots then hold the files themselves. */
  readonly symlinks: boolean;
  /** Name of a proxy variable that is set but not used by this Node's fetch; null if there is none. */
  readonly unusedProxy: string | null;
  /** Milliseconds to wait for an answer; `HF_HUB_ETAG_TIMEOUT` in seconds, default 10. */
  readonly answerTimeout: number;
  /** Milliseconds to wait for the next bytes; `HF_HUB_DOWNLOAD_TIMEOUT` in seconds, default 10. */
  readonly silenceTimeout: number;
}

const defaultTimeout = 10;

/**
 * Reads `variables` (default `process.env`) and the token file.
 * Names and defaults: huggingface_hub, `constants.py`; a variable set to nothing counts as unset.
 *
 * @throws PolytagError HUB_ENDPOINT_INVALID if HF_ENDPOINT is no http(s) address
 */
export async function readHubEnvironment(
  variables: Variables = process.env,
): Promise<HubEnvironment> {
  const home = homeFolder(variables);
  const expand = (path: string): string => resolve(expandPath(path, home, variables));
  const cacheHome = variables.XDG_CACHE_HOME || join(home, '.cache');
  const hubHome = expand(variables.HF_HOME || join(cacheHome, 'huggingface'));
  const cache = variables.HF_HUB_CACHE || variables.HUGGINGFACE_HUB_CACHE || join(hubHome, 'hub');
  const tokenFile = expand(variables.HF_TOKEN_PATH || join(hubHome, 'token'));
  return {
    endpoint: parseEndpoint(variables.HF_ENDPOINT || 'https://huggingface.co'),
    cacheFolder: expand(cache),
    token: isTrue(variables.HF_HUB_DISABLE_IMPLICIT_TOKEN)
      ? undefined
      : await readToken(variables, tokenFile),
    offline: isTrue(variables.HF_HUB_OFFLINE || variables.TRANSFORMERS_OFFLINE),
    symlinks: !isTrue(variables.HF_HUB_DISABLE_SYMLINKS),
    unusedProxy: findUnusedProxy(variables),
    answerTimeout: readSeconds(variables.HF_HUB_ETAG_TIMEOUT) * 1000,
    silenceTimeout: readSeconds(variables.HF_HUB_DOWNLOAD_TIMEOUT) * 1000,
  };
}

function isTrue(value: string | undefined): boolean {
  return ['1', 'ON', 'YES', 'TRUE'].includes((value ?? '').toUpperCase());
}

// Node 22.21 and 24 follow these variables if NODE_USE_ENV_PROXY is 1; Node 20 never does.
function findUnusedProxy(variables: Variables): string | null {
  const major = Number(process.versions.node.split('.')[0]);
  if (variables.NODE_USE_ENV_PROXY === '1' && major >= 22) {
    return null;
  }
  const names = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY'];
  return names.find((name) => variables[name]) ?? null;
}

function readSeconds(value: string | undefined): number {
  const seconds = Number(value);
  // An hour is more than any answer takes, and keeps the milliseconds inside a timer's range.
  return seconds > 0 && seconds <= 3600 ? seconds : defaultTimeout;
}

function parseEndpoint(value: string): string {
  const endpoint = value.replace(/\/+$/, '');
  const url = URL.canParse(endpoint) ? new URL(endpoint) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.username !== '') {
    throw polytagError('HUB_ENDPOINT_INVALID', { endpoint: value });
  }
  return endpoint;
}

async function readToken(variables: Variables, file: string): Promise<string | undefined> {
  const named = cleanToken(variables.HF_TOKEN || variables.HUGGING_FACE_HUB_TOKEN);
  if (named !== undefined) {
    return named;
  }
  try {
    return cleanToken(await readFile(file, 'utf8'));
  } catch {
    // Without a token file the user is not logged in; public models need no login.
    return undefined;
  }
}

function cleanToken(token: string | undefined): string | undefined {
  const cleaned = (token ?? '').replaceAll(/[\r\n]/g, '').trim();
  // Nothing else can stand in a header; such a file is no token.
  return /^[\x21-\x7e]+$/.test(cleaned) ? cleaned : undefined;
}

// Python applies os.path.expanduser and os.path.expandvars; an unknown variable stays as it is written.
function expandPath(path: string, home: string, variables: Variables): string {
  const absolute = path === '~' || /^~[/\\]/.test(path) ? home + path.slice(1) : path;
  return absolute.replaceAll(
    /\$(?:(\w+)|\{(\w+)\})/g,
    (whole: string, plain: string | undefined, braced: string | undefined) =>
      variables[plain ?? braced ?? ''] ?? whole,
  );
}
