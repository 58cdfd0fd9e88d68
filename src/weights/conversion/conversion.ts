// Turns a folder in Google's layout into one in Hugging Face's, which every current library opens.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFolderAtomically } from '../../data/index.js';
import { polytagError } from '../../errors/index.js';
import { openModelFolder } from '../folder/model-folder.js';
import { inferLowerCase, readVocabulary } from '../folder/vocabulary.js';
import type { JsonObject } from '../json-reader.js';
import { type TensorToWrite, tensorsToWrite, writeSafetensors } from '../safetensors/writer.js';
import type { TensorSource } from '../tensor-source.js';
import { describeGoogleTokenizer, tokenizerFiles } from './tokenizer-files.js';

/** How to convert a folder. */
export interface ConversionOptions {
  /** Whether texts are lower-cased; default: told by the folder's name or the vocabulary (`inferLowerCase`). */
  readonly lowerCase?: boolean;
  /** Whether an existing folder is replaced. Default false. */
  readonly overwrite?: boolean;
}

/** What a conversion wrote. */
export interface Conversion {
  /** The `do_lower_case` that was written. */
  readonly lowerCase: boolean;
  /** The number of tensors. */
  readonly tensors: number;
}

/**
 * Writes the model in `source` (Google's layout) to `target` as a Hugging Face folder: config.json,
 * vocab.txt, tokenizer.json, tokenizer_config.json, special_tokens_map.json and model.safetensors, whose
 * values are the checkpoint's. An encoder becomes a BertModel; a checkpoint with a classifier's head
 * (`output_weights`) a BertForSequenceClassification with labels LABEL_0, .. The folder appears whole or
 * not at all.
 *
 * @throws PolytagError CONVERSION_NEEDLESS if `source` has safetensors already; what `openModelFolder`
 *   throws; FOLDER_NOT_EMPTY, DISK_FULL, WRITE_FORBIDDEN or WRITE_FAILED
 */
export async function convertToHuggingFaceFolder(
  source: string,
  target: string,
  { lowerCase, overwrite = false }: ConversionOptions = {},
): Promise<Conversion> {
  const model = await openModelFolder(source);
  try {
    const { vocabularyFile, tensors } = model;
    if (model.format === 'huggingface') {
      throw polytagError('CONVERSION_NEEDLESS', { folder: source });
    }
    if (vocabularyFile === null) {
      const purpose = 'the vocabulary';
      throw polytagError('MODEL_FILE_MISSING', { folder: source, file: 'vocab.txt', purpose });
    }
    const vocabulary = await readVocabulary(vocabularyFile);
    const lower = lowerCase ?? inferLowerCase(source, vocabulary);
    const [positions] = tensors.info('embeddings.position_embeddings.weight').shape;
    const tokenizer = describeGoogleTokenizer(vocabulary, vocabularyFile, lower);
    const labels = tensors.names().includes('classifier.bias')
      ? tensors.info('classifier.bias').shape[0]
      : 0;
    const texts = tokenizerFiles(tokenizer, positions).set(
      'config.json',
      `${JSON.stringify(huggingFaceConfig(model.config, labels), null, 2)}\n`,
    );
    await writeFolderAtomically(
      target,
      async (folder) => {
        for (const [name, text] of texts) {
          await writeFile(join(folder, name), text);
        }
        await writeFile(join(folder, 'vocab.txt'), await readFile(vocabularyFile));
        await writeSafetensors(join(folder, 'model.safetensors'), weightsToWrite(tensors, labels));
      },
      { overwrite },
    );
    return { lowerCase: lower, tensors: tensors.names().length };
  } finally {
    await model.close();
  }
}

function huggingFaceConfig(config: JsonObject, labels: number): JsonObject {
  const names = Array.from({ length: labels }, (_, label) => `LABEL_${label}`);
  const head: JsonObject = {
    id2label: Object.fromEntries(names.map((name, label) => [String(label), name])),
    label2id: Object.fromEntries(names.map((name, label) => [name, label])),
  };
  return {
    // What Google's code takes for granted; the configuration may know better.
    layer_norm_eps: 1e-12,
    pad_token_id: 0,
    position_embedding_type: 'absolute',
    ...config,
    ...(labels > 0 ? head : {}),
    architectures: [labels > 0 ? 'BertForSequenceClassification' : 'BertModel'],
    model_type: 'bert',
  };
}

/** A BertForSequenceClassification holds its encoder under `bert.`; a BertModel is the encoder itself. */
function weightsToWrite(tensors: TensorSource, labels: number): TensorToWrite[] {
  const prefix = labels > 0 ? 'bert.' : '';
  return tensorsToWrite(tensors).map((tensor) => ({
    ...tensor,
    name: tensor.name.startsWith('classifier.') ? tensor.name : `${prefix}${tensor.name}`,
  }));
}
