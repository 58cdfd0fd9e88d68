// Turns what a user calls a model into the local folder that holds it.
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { suggestName } from '../data/index.js';
import { PolytagError, polytagError } from '../errors/index.js';
import { findBundledModel, listBundledModels } from './bundled-models.js';
import { parseHubReference } from './hub/hub-reference.js';
import { type DownloadProgress, fetchSnapshot } from './hub/snapshot.js';
import { unpackModelArchive } from './zip.js';

/** How to get at a model. */
export interface ResolveOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called while a model is downloaded from the hub. */
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  /** Called with a sentence when the hub is out of reach and its cache stands in for it, or a cache cannot be written. */
  readonly onWarning?: ((sentence: string) => void) | undefined;
}

/**
 * The absolute path of the folder that `reference` stands for. In this order: an existing folder; an
 * existing .zip, unpacked into polytag's cache; the name of a bundled model; a hub id
 * `owner/name[@revision]`, downloaded into the hub's cache. Whether the folder holds a model is not
 * looked at.
 *
 * @throws PolytagError REFERENCE_UNKNOWN, the errors of `unpackModelArchive` for a .zip, those of
 *   `fetchSnapshot` (HUB_..) for a hub id; the signal's reason if it aborts
 */
export async function resolveReference(
  reference: string,
  options: ResolveOptions = {},
): Promise<string> {
  const { signal } = options;
  signal?.throwIfAborted();
  const kind = await kindOfPath(reference);
  if (kind === 'folder') {
    return resolve(reference);
  }
  if (kind === 'file' && /\.zip$/i.test(reference)) {
    return unpackModelArchive(resolve(reference), signal === undefined ? {} : { signal });
  }
  const bundled = await findBundledModel(reference);
  if (bundled !== null) {
    return bundled;
  }
  const hubReference = kind === 'file' ? null : parseHubReference(reference);
  if (hubReference === null) {
    throw await unknown(
      reference,
      kind === 'file' ? describeFile(reference) : 'no such folder or .zip',
    );
  }
  try {
    return await fetchSnapshot(hubReference, options);
  } catch (error) {
    throw await explainHubFailure(error, reference);
  }
}

async function kindOfPath(path: string): Promise<'folder' | 'file' | 'nothing'> {
  // An empty text would be the folder we are in; a NUL is refused by the system with a stack.
  if (path.trim() === '' || path.includes('\0')) {
    return 'nothing';
  }
  const status = await stat(path).catch(() => null);
  return status === null ? 'nothing' : status.isDirectory() ? 'folder' : 'file';
}

function describeFile(path: string): string {
  return `it is a file, not a folder or .zip; its folder is "${dirname(path)}"`;
}

async function unknown(reference: string, found: string, cause?: Error): Promise<PolytagError> {
  const bundled = await listBundledModels();
  const tried = [
    found,
    `bundled models: ${bundled.join(', ') || 'none'}`,
    'hub ids are owner/name[@revision]',
  ].join('; ');
  const suggestion =
    suggestName(basename(reference), [...bundled, ...(await listNeighbours(reference))]) ||
    suggestHubId(reference);
  return polytagError('REFERENCE_UNKNOWN', { reference, tried, suggestion }, { cause });
}

/** Names of the folders and archives that lie where `reference` would. */
async function listNeighbours(reference: string): Promise<string[]> {
  if (reference.includes('\0')) {
    return [];
  }
  const entries = await readdir(dirname(reference), { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => !entry.name.startsWith('.'))
    .filter((entry) => !entry.isFile() || /\.zip$/i.test(entry.name))
    .map((entry) => entry.name);
}

// Until 2024 the best known models had no owner, and texts of that time still name them so.
function suggestHubId(reference: string): string {
  const owner = /^bert-[\w-]+$/.test(reference)
    ? 'google-bert'
    : /^distilbert-[\w-]+$/.test(reference)
      ? 'distilbert'
      : null;
  return owner === null ? '' : ` (did you mean "${owner}/${reference}"?)`;
}

/** `runs/modle` may be a hub id, but with a folder `runs/model` it is more likely a slip. */
async function explainHubFailure(error: unknown, reference: string): Promise<unknown> {
  const absent: readonly string[] = [
    'HUB_REPOSITORY_MISSING',
    'HUB_UNAUTHORIZED',
    'HUB_UNREACHABLE',
    'HUB_CACHE_INCOMPLETE',
  ];
  if (!(error instanceof PolytagError) || !absent.includes(error.code)) {
    return error;
  }
  const similar = suggestName(basename(reference), await listNeighbours(reference));
  const hub = `no such folder or .zip; as a hub id: ${error.message}`;
  return similar === '' ? error : unknown(reference, hub, error);
}
