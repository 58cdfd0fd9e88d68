// Knows which files of a repository an encoder needs, and which of them a folder lacks.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { polytagError } from '../../errors/index.js';
import { isSafeFileName } from './hub-reference.js';

const huggingFaceFiles = [
  'config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'vocab.txt',
  'special_tokens_map.json',
];
const singleWeights = 'model.safetensors';
const weightsIndex = 'model.safetensors.index.json';
const shard = /^model-[0-9A-Za-z-]{1,60}\.safetensors$/;
const googleConfig = 'bert_config.json';
// NAME.ckpt.index and NAME.ckpt.data-00000-of-00001, perhaps with a step number after "ckpt".
const googleCheckpoint = /^([\w.-]*\.ckpt(?:-\d+)?)\.(?:index|data-\d{5}-of-(\d{5}))$/;
const manifest = 'polytag.json';

/**
 * The files to fetch, in the order to fetch them: the large ones last, so that where they are, the small
 * ones are too. A polytag model folder is taken whole, since its manifest names every file, and
 * `polytag.json` comes last. Other repositories hold the same weights in many formats; of those only
 * safetensors are taken, or, where there are none, a checkpoint in Google's layout.
 *
 * @throws PolytagError HUB_NO_ENCODER if no such set is there, HUB_ANSWER_INVALID for a name that would
 *   leave the folder
 */
export function selectEncoderFiles(
  repository: string,
  address: string,
  files: readonly string[],
): string[] {
  const selected = chooseLayout(new Set(files));
  if (selected === null) {
    throw polytagError('HUB_NO_ENCODER', {
      repository,
      missing: describeLack(new Set(files)),
      found: describeFiles(files),
    });
  }
  for (const name of selected) {
    if (!isSafeFileName(name)) {
      throw polytagError('HUB_ANSWER_INVALID', {
        address,
        reason: `it lists a file named ${JSON.stringify(name).slice(0, 100)}`,
      });
    }
  }
  return selected;
}

function chooseLayout(files: ReadonlySet<string>): string[] | null {
  if (files.has(manifest)) {
    const rest = [...files].filter((name) => name !== manifest && !name.startsWith('.git'));
    const large = (name: string): number => (/\.(?:safetensors|onnx\w*)$/.test(name) ? 1 : 0);
    return [...rest.sort((a, b) => large(a) - large(b)), manifest];
  }
  if (files.has('config.json') && hasTokenizer(files)) {
    const small = huggingFaceFiles.filter((name) => files.has(name));
    if (files.has(singleWeights)) {
      return [...small, singleWeights];
    }
    const shards = [...files].filter((name) => shard.test(name)).sort();
    if (files.has(weightsIndex) && shards.length > 0) {
      return [...small, weightsIndex, ...shards];
    }
  }
  const checkpoint = [...files].filter((name) => googleCheckpoint.test(name)).sort();
  if (files.has(googleConfig) && files.has('vocab.txt') && checkpoint.length > 1) {
    return [googleConfig, 'vocab.txt', ...checkpoint];
  }
  return null;
}

function hasTokenizer(files: ReadonlySet<string>): boolean {
  return files.has('tokenizer.json') || files.has('vocab.txt');
}

function describeLack(files: ReadonlySet<string>): string {
  if (!files.has('config.json') && !files.has(googleConfig)) {
    return 'config.json or bert_config.json';
  }
  return hasTokenizer(files) ? `weights (${singleWeights})` : 'vocab.txt or tokenizer.json';
}

function describeFiles(files: readonly string[]): string {
  const shown = files.filter((name) => !name.startsWith('.git')).slice(0, 8);
  if (shown.length === 0) {
    return 'nothing';
  }
  return shown.join(', ') + (files.length > shown.length + 1 ? ', ..' : '');
}

/**
 * The first file that an encoder needs and `folder` lacks, or null if it is whole; judged by what is
 * there, since a hub that is out of reach cannot be asked for the list. Sizes and hashes are not looked
 * at: a blob only ever gets its name after it was verified.
 */
export async function firstMissingFile(folder: string): Promise<string | null> {
  const has = (name: string): Promise<boolean> => isFile(join(folder, name));
  const google = !(await has('config.json')) && (await has(googleConfig));
  if (google) {
    return (await has('vocab.txt')) ? missingCheckpointFile(folder) : 'vocab.txt';
  }
  if (!(await has('config.json'))) {
    return 'config.json';
  }
  if (!(await has('tokenizer.json')) && !(await has('vocab.txt'))) {
    return 'tokenizer.json';
  }
  if (await has(singleWeights)) {
    return null;
  }
  if (!(await has(weightsIndex))) {
    return singleWeights;
  }
  for (const name of await indexedShards(join(folder, weightsIndex))) {
    if (!isSafeFileName(name) || !(await has(name))) {
      return name;
    }
  }
  return null;
}

async function missingCheckpointFile(folder: string): Promise<string | null> {
  const names = new Set(await readdir(folder));
  const match = [...names]
    .map((name) => googleCheckpoint.exec(name))
    .find((found) => found !== null);
  if (match === undefined) {
    return 'bert_model.ckpt.index';
  }
  const stem = match[1];
  const data = [...names].find((name) => name.startsWith(`${stem}.data-`));
  const count = googleCheckpoint.exec(data ?? '')?.[2] ?? '00001';
  const parts = Array.from({ length: Math.min(Number(count), 10_000) }, (_, part) => {
    return `${stem}.data-${String(part).padStart(5, '0')}-of-${count}`;
  });
  return [`${stem}.index`, ...parts].find((name) => !names.has(name)) ?? null;
}

async function indexedShards(index: string): Promise<string[]> {
  const value = await readFile(index, 'utf8')
    .then((text): unknown => JSON.parse(text))
    .catch(() => null);
  if (typeof value !== 'object' || value === null || !('weight_map' in value)) {
    return [singleWeights];
  }
  const names = Object.values(value.weight_map ?? {}).filter((name) => typeof name === 'string');
  return names.length === 0 ? [singleWeights] : [...new Set(names)].sort();
}

/** Whether there is a file at `path`, at the end of a link too. */
export async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (status) => status.isFile(),
    () => false,
  );
}
