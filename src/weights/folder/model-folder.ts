// Opens a folder with a BERT, in Google's or Hugging Face's layout, as one thing with one naming of tensors.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { polytagError } from '../../errors/index.js';
import { readJsonFile } from '../json-file.js';
import type { JsonObject } from '../json-reader.js';
import { explainReadFailure } from '../positioned-file.js';
import type { TensorSource } from '../tensor-source.js';
import { readDimensions } from './canonical-names.js';
import { canonicalSource } from './canonical-source.js';
import { contentKey } from './content-key.js';
import { countTokenizerIds, readVocabulary } from './vocabulary.js';
import { exists, findWeights } from './weights-files.js';

const maximalConfigBytes = 2 ** 20;

/** An opened model folder. */
export interface ModelFolder {
  readonly folder: string;
  /** Where the weights lie: `folder`, or the `tunedFolder`. */
  readonly weightsFolder: string;
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
  /**
   * SHA-256 that tells the weights from all others, hexadecimal. Of a checkpoint it takes no time: its index
   * holds a checksum of every tensor.
   */
  weightsKey(): Promise<string>;
  /** Closes the weights' files. */
  close(): Promise<void>;
}

/** Which files of a folder make the model, where the usual names do not say it. */
export interface FolderOptions {
  /**
   * The checkpoint that holds the weights, by its path in their folder without `.index`; it goes before
   * `model.safetensors`. Default: `bert_model.ckpt`, else the one that TensorFlow's file `checkpoint` calls
   * the latest, else the only one.
   */
  readonly checkpointName?: string | undefined;
  /** The configuration, by its path in the folder. Default: `bert_config.json` or `config.json`. */
  readonly configName?: string | undefined;
  /**
   * Another folder that holds the weights, such as what Google's run_classifier.py wrote; configuration and
   * vocabulary come from the model's own. Default: none.
   */
  readonly tunedFolder?: string | undefined;
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
export async function openModelFolder(
  folder: string,
  { checkpointName, configName, tunedFolder }: FolderOptions = {},
): Promise<ModelFolder> {
  const names = await listFolder(folder);
  const find = (name: string): string | null => (names.has(name) ? join(folder, name) : null);
  const weightsFolder = tunedFolder ?? folder;
  const weightsNames = tunedFolder === undefined ? names : await listFolder(tunedFolder);
  const weights = await findWeights(weightsFolder, weightsNames, checkpointName);
  const configFile = await findConfig(folder, names, weights.format, configName);
  const config = await readJsonFile(configFile, maximalConfigBytes);
  const dimensions = readDimensions(config, configFile);
  const vocabularyFile = find('vocab.txt');
  const tokenizerFile = find('tokenizer.json');
  const tokenizerConfigFile = find('tokenizer_config.json');
  await checkVocabulary(folder, vocabularyFile, tokenizerFile, dimensions.words);
  const source = await weights.open();
  try {
    const tensors = canonicalSource(source, weights.translate, dimensions, weightsFolder);
    const describing = [configFile, vocabularyFile, tokenizerFile, tokenizerConfigFile];
    return {
      folder,
      weightsFolder,
      format: weights.format,
      config,
      configFile,
      tensors,
      vocabularyFile,
      tokenizerFile,
      tokenizerConfigFile,
      contentKey: async () =>
        contentKey([...describing.filter((file) => file !== null), ...(await weights.files())]),
      weightsKey: async () => contentKey(await weights.identifyingFiles()),
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

async function findConfig(
  folder: string,
  names: ReadonlySet<string>,
  format: ModelFolder['format'],
  configName: string | undefined,
): Promise<string> {
  // Some checkpoints on the hub carry their configuration under Hugging Face's name.
  const usual = ['bert_config.json', 'config.json'];
  if (format === 'huggingface') usual.reverse();
  const name = configName ?? usual.find((candidate) => names.has(candidate)) ?? usual[0];
  const file = join(folder, name);
  if (await exists(file)) return file;
  throw polytagError('MODEL_FILE_MISSING', { folder, file: name, purpose: 'the configuration' });
}
