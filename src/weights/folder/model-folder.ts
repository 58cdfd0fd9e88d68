// Opens a folder with a BERT, in Google's or Hugging Face's layout, as one thing with one naming of tensors.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { polytagError } from '../../errors/index.js';
import { listCheckpointFiles, openTensorFlowCheckpoint } from '../checkpoint/reader.js';
import { readJsonFile } from '../json-file.js';
import type { JsonObject } from '../json-reader.js';
import { explainReadFailure } from '../positioned-file.js';
import { openSafetensors } from '../safetensors/reader.js';
import { listShards, openSafetensorsShards } from '../safetensors/shards.js';
import type { TensorSource } from '../tensor-source.js';
import {
  type CanonicalName,
  fromGoogleName,
  fromHuggingFaceName,
  readDimensions,
} from './canonical-names.js';
import { canonicalSource } from './canonical-source.js';
import { contentKey } from './content-key.js';
import { countTokenizerIds, readVocabulary } from './vocabulary.js';

const maximalConfigBytes = 2 ** 20;

/** An opened model folder. */
export interface ModelFolder {
  readonly folder: string;
  /** `google`: bert_config.json, vocab.txt, bert_model.ckpt.*; `huggingface`: config.json, model.safetensors. */
  readonly format: 'google' | 'huggingface';
  /** The configuration as it stands in the file; objects have no prototype. */
  readonly config: JsonObject;
  /** Path of the configuration, for messages. */
  readonly configFile: string;
  /**
   * The encoder's tensors under the names of Hugging Face's BertModel (`encoder.layer.0.output.dense.weight`),
   * linear weights as [outputs, inputs], in the types that the file has (see `toFloat32`). Also there when
   * the folder has them: `pooler.dense.*`, `classifier.*` ([labels, hidden]), and DistilBERT's
   * `pre_classifier.*`. A DistilBERT has no `embeddings.token_type_embeddings.weight`.
   */
  readonly tensors: TensorSource;
  /** Path of vocab.txt, if there is one. At least one of this and `tokenizerFile` is there. */
  readonly vocabularyFile: string | null;
  /** Path of tokenizer.json, if there is one. */
  readonly tokenizerFile: string | null;
  /** Path of tokenizer_config.json, if there is one. */
  readonly tokenizerConfigFile: string | null;
  /** SHA-256 over all of the above, hexadecimal: the same model has the same key wherever it lies. */
  contentKey(): Promise<string>;
  /** Closes the weights' files. */
  close(): Promise<void>;
}

interface Weights {
  readonly format: ModelFolder['format'];
  readonly configName: string;
  readonly files: () => Promise<string[]>;
  readonly open: () => Promise<TensorSource>;
  readonly translate: (stored: string) => CanonicalName | null;
}

/**
 * Opens a model folder: finds its layout, reads the configuration, and checks names, shapes and types of
 * all tensors and the size of the vocabulary against it. Weights themselves are read on demand.
 *
 * @throws PolytagError MODEL_FOLDER_UNRECOGNISED, MODEL_FILE_MISSING, MODEL_PICKLE_ONLY,
 *   MODEL_CHECKPOINT_AMBIGUOUS, MODEL_CONFIG_INVALID, MODEL_TYPE_UNSUPPORTED, MODEL_TENSORS_MISSING,
 *   MODEL_TENSOR_INVALID, MODEL_VOCABULARY_INVALID, MODEL_JSON_INVALID, MODEL_FILE_UNREADABLE, or an
 *   error of safetensors files or checkpoints
 */
export async function openModelFolder(folder: string): Promise<ModelFolder> {
  const names = await listFolder(folder);
  const find = (name: string): string | null => (names.has(name) ? join(folder, name) : null);
  const weights = findWeights(folder, names);
  const configFile = requireFile(folder, names, weights.configName, 'the configuration');
  const config = await readJsonFile(configFile, maximalConfigBytes);
  const dimensions = readDimensions(config, configFile);
  const vocabularyFile = find('vocab.txt');
  const tokenizerFile = find('tokenizer.json');
  const tokenizerConfigFile = find('tokenizer_config.json');
  await checkVocabulary(folder, vocabularyFile, tokenizerFile, dimensions.words);
  const source = await weights.open();
  try {
    const tensors = canonicalSource(source, weights.translate, dimensions, folder);
    const describing = [configFile, vocabularyFile, tokenizerFile, tokenizerConfigFile];
    return {
      folder,
      format: weights.format,
      config,
      configFile,
      tensors,
      vocabularyFile,
      tokenizerFile,
      tokenizerConfigFile,
      contentKey: async () =>
        contentKey([...describing.filter((file) => file !== null), ...(await weights.files())]),
      close: () => tensors.close(),
    };
  } catch (error) {
    await source.close();
    throw error;
  }
}

async function listFolder(folder: string): Promise<Set<string>> {
  try {
    return new Set(await readdir(folder));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      const problem = code === 'ENOENT' ? 'there is nothing of this name' : 'it is a file';
      throw polytagError('MODEL_FOLDER_UNRECOGNISED', { folder, problem }, { cause: error });
    }
    throw explainReadFailure(error, folder);
  }
}

function findWeights(folder: string, names: ReadonlySet<string>): Weights {
  const huggingFace = { format: 'huggingface', configName: 'config.json' } as const;
  if (names.has('model.safetensors')) {
    const file = join(folder, 'model.safetensors');
    return {
      ...huggingFace,
      files: () => Promise.resolve([file]),
      open: () => openSafetensors(file),
      translate: fromHuggingFaceName,
    };
  }
  if (names.has('model.safetensors.index.json')) {
    const index = join(folder, 'model.safetensors.index.json');
    return {
      ...huggingFace,
      files: async () => [index, ...(await listShards(index)).map((name) => join(folder, name))],
      open: () => openSafetensorsShards(index),
      translate: fromHuggingFaceName,
    };
  }
  const prefix = join(folder, findCheckpoint(folder, names));
  return {
    format: 'google',
    // Some checkpoints on the hub carry their configuration under Hugging Face's name.
    configName: names.has('bert_config.json') ? 'bert_config.json' : 'config.json',
    files: async () => [`${prefix}.index`, ...(await listCheckpointFiles(prefix))],
    open: () => openGoogleCheckpoint(prefix),
    translate: fromGoogleName,
  };
}

/** The name of the folder's checkpoint, without `.index`. */
function findCheckpoint(folder: string, names: ReadonlySet<string>): string {
  const candidates = [...names].filter((name) => name.endsWith('.index')).sort();
  if (candidates.includes('bert_model.ckpt.index')) {
    return 'bert_model.ckpt';
  }
  if (candidates.length > 1) {
    const shown = `${candidates.slice(0, 5).join(', ')}${candidates.length > 5 ? ', ...' : ''}`;
    throw polytagError('MODEL_CHECKPOINT_AMBIGUOUS', { folder, candidates: shown });
  }
  if (candidates.length === 1) {
    return candidates[0].slice(0, -'.index'.length);
  }
  throw missingWeights(folder, names);
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

async function checkVocabulary(
  folder: string,
  vocabularyFile: string | null,
  tokenizerFile: string | null,
  words: number,
): Promise<void> {
  if (vocabularyFile === null && tokenizerFile === null) {
    throw polytagError('MODEL_FILE_MISSING', {
      folder,
      file: 'vocab.txt',
      purpose: 'the vocabulary; tokenizer.json would do',
    });
  }
  const check = (file: string, size: number): void => {
    // Embeddings may have spare rows; ids without a row may not be.
    if (size > words) {
      const problem = `it has ${size} tokens for ${words} word embeddings`;
      throw polytagError('MODEL_VOCABULARY_INVALID', { file, problem });
    }
  };
  if (vocabularyFile !== null) {
    check(vocabularyFile, (await readVocabulary(vocabularyFile)).length);
  }
  if (tokenizerFile !== null) {
    check(tokenizerFile, await countTokenizerIds(tokenizerFile));
  }
}

function requireFile(
  folder: string,
  names: ReadonlySet<string>,
  file: string,
  purpose: string,
): string {
  if (!names.has(file)) {
    throw polytagError('MODEL_FILE_MISSING', { folder, file, purpose });
  }
  return join(folder, file);
}
