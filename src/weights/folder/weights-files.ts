// Finds the files of a folder that hold a model's weights: safetensors, or one of its TensorFlow checkpoints.
import { access } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { polytagError } from '../../errors/index.js';
import { listCheckpointFiles, openTensorFlowCheckpoint } from '../checkpoint/reader.js';
import { readTextFile } from '../json-file.js';
import { openSafetensors } from '../safetensors/reader.js';
import { listShards, openSafetensorsShards } from '../safetensors/shards.js';
import type { TensorSource } from '../tensor-source.js';
import { type CanonicalName, fromGoogleName, fromHuggingFaceName } from './canonical-names.js';

const usualCheckpoint = 'bert_model.ckpt';
const maximalStateBytes = 2 ** 20;

/** Weights that have been found and not been opened yet. */
export interface WeightsFiles {
  readonly format: 'google' | 'huggingface';
  /** Paths of all files. */
  readonly files: () => Promise<string[]>;
  /**
   * Those of them that tell these weights from all others: of a checkpoint its index, which holds a checksum
   * of every tensor.
   */
  readonly identifyingFiles: () => Promise<string[]>;
  readonly open: () => Promise<TensorSource>;
  /** The canonical name of a stored tensor; null for what belongs to no encoder. */
  readonly translate: (stored: string) => CanonicalName | null;
}

/**
 * The weights in `folder`.
 *
 * @param names what the folder holds
 * @param checkpointName the checkpoint to take, without `.index`; default: see `FolderOptions`
 * @throws PolytagError MODEL_FILE_MISSING, MODEL_PICKLE_ONLY, MODEL_CHECKPOINT_AMBIGUOUS,
 *   MODEL_FOLDER_UNRECOGNISED or MODEL_FILE_UNREADABLE
 */
export async function findWeights(
  folder: string,
  names: ReadonlySet<string>,
  checkpointName: string | undefined,
): Promise<WeightsFiles> {
  if (checkpointName !== undefined)
    return checkpointFiles(await namedCheckpoint(folder, checkpointName));
  const huggingFace = { format: 'huggingface', translate: fromHuggingFaceName } as const;
  if (names.has('model.safetensors')) {
    const file = join(folder, 'model.safetensors');
    return {
      ...huggingFace,
      files: () => Promise.resolve([file]),
      identifyingFiles: () => Promise.resolve([file]),
      open: () => openSafetensors(file),
    };
  }
  if (names.has('model.safetensors.index.json')) {
    const index = join(folder, 'model.safetensors.index.json');
    const files = async (): Promise<string[]> => [
      index,
      ...(await listShards(index)).map((name) => join(folder, name)),
    ];
    return {
      ...huggingFace,
      files,
      identifyingFiles: files,
      open: () => openSafetensorsShards(index),
    };
  }
  return checkpointFiles(join(folder, await findCheckpoint(folder, names)));
}

function checkpointFiles(prefix: string): WeightsFiles {
  return {
    format: 'google',
    files: async () => [`${prefix}.index`, ...(await listCheckpointFiles(prefix))],
    identifyingFiles: () => Promise.resolve([`${prefix}.index`]),
    open: () => openGoogleCheckpoint(prefix),
    translate: fromGoogleName,
  };
}

async function namedCheckpoint(folder: string, name: string): Promise<string> {
  const prefix = join(folder, name.endsWith('.index') ? name.slice(0, -'.index'.length) : name);
  if (await exists(`${prefix}.index`)) return prefix;
  const file = `${name}.index`;
  throw polytagError('MODEL_FILE_MISSING', { folder, file, purpose: 'the checkpoint asked for' });
}

/** The name of the folder's checkpoint, without `.index`. */
async function findCheckpoint(folder: string, names: ReadonlySet<string>): Promise<string> {
  const candidates = [...names]
    .filter((name) => name.endsWith('.index'))
    .map((name) => name.slice(0, -'.index'.length))
    .sort();
  if (candidates.includes(usualCheckpoint)) return usualCheckpoint;
  if (candidates.length === 1) return candidates[0];
  if (candidates.length === 0) throw missingWeights(folder, names);
  const latest = names.has('checkpoint') ? await readLatest(join(folder, 'checkpoint')) : undefined;
  if (latest !== undefined && candidates.includes(latest)) return latest;
  const indexes = candidates.slice(0, 5).map((name) => `${name}.index`);
  const shown = `${indexes.join(', ')}${candidates.length > 5 ? ', ...' : ''}`;
  throw polytagError('MODEL_CHECKPOINT_AMBIGUOUS', { folder, candidates: shown });
}

/**
 * The latest checkpoint by TensorFlow's state file, a CheckpointState message in the text form of protocol
 * buffers: `model_checkpoint_path: "model.ckpt-343"`. Only the name counts: an absolute path in it is from
 * before the folder was moved here.
 */
async function readLatest(file: string): Promise<string | undefined> {
  const text = await readTextFile(file, maximalStateBytes);
  const path = /^\s*model_checkpoint_path:\s*"([^"]*)"/m.exec(text)?.[1];
  return path === undefined ? undefined : basename(path.replaceAll('\\', '/'));
}

function missingWeights(folder: string, names: ReadonlySet<string>): Error {
  const pickle = [...names].find((name) => /^pytorch_model.*\.bin(?:\.index\.json)?$/.test(name));
  if (pickle !== undefined) {
    return polytagError('MODEL_PICKLE_ONLY', { folder, file: pickle });
  }
  if (names.has('bert_config.json')) {
    const file = 'bert_model.ckpt.index';
    return polytagError('MODEL_FILE_MISSING', { folder, file, purpose: 'the weights' });
  }
  if (names.has('config.json')) {
    const file = 'model.safetensors';
    return polytagError('MODEL_FILE_MISSING', { folder, file, purpose: 'the weights' });
  }
  return polytagError('MODEL_FOLDER_UNRECOGNISED', {
    folder,
    problem: 'it holds neither model.safetensors nor a TensorFlow checkpoint',
  });
}

async function openGoogleCheckpoint(prefix: string): Promise<TensorSource> {
  const source = await openTensorFlowCheckpoint(prefix);
  const objectName = source.names().find((name) => name.includes('/.ATTRIBUTES/'));
  if (objectName !== undefined) {
    await source.close();
    throw polytagError('CHECKPOINT_UNSUPPORTED', {
      file: `${prefix}.index`,
      feature: 'was saved from Keras objects (names with /.ATTRIBUTES/)',
    });
  }
  return source;
}

/** Whether there is something of this name. */
export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
