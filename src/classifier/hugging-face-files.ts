// Writes what Hugging Face's libraries read of a trained model: configuration, tokenizer, weights.
//
// The head's last layer is named classifier.weight, as BertForSequenceClassification's is. Unless the head is
// that class's own (one layer on the pooler's vector), Python refuses the file because that weight has another
// shape: better than the scores of a head that it fills with random numbers, or of the wrong features.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { namedHeadWeights } from '../bert/index.js';
import type { Tensor } from '../graph/index.js';
import type { TrainingOutcome } from '../training/index.js';
import { type JsonObject, tokenizerFiles, writeSafetensors } from '../weights/index.js';
import type { DescribedEncoder } from './encoder-description.js';
import { fileNames } from './model-record.js';

/** Writes config.json, the tokenizer's files and model.safetensors into `folder`. */
export async function writeHuggingFaceFiles(
  folder: string,
  encoder: DescribedEncoder,
  outcome: TrainingOutcome & { readonly maxLength: number },
): Promise<void> {
  const config = configOf(encoder.fields, outcome.labelNames);
  await writeFile(join(folder, fileNames.config), `${JSON.stringify(config, null, 2)}\n`);
  const { settings } = encoder.tokenizer;
  for (const [name, text] of tokenizerFiles(settings, outcome.maxLength)) {
    await writeFile(join(folder, name), text);
  }
  const vocabulary =
    encoder.vocabularyFile === null
      ? listVocabulary(settings.vocabulary)
      : await readFile(encoder.vocabularyFile);
  await writeFile(join(folder, fileNames.vocabulary), vocabulary);
  await writeWeights(join(folder, fileNames.weights), encoder, outcome);
}

function configOf(fields: JsonObject, labelNames: readonly string[]): JsonObject {
  return {
    architectures: ['BertForSequenceClassification'],
    ...fields,
    // Without exactly this, transformers.js gives scores that add up to 1.
    problem_type: 'multi_label_classification',
    id2label: Object.fromEntries(labelNames.map((label, id) => [String(id), label])),
    label2id: Object.fromEntries(labelNames.map((label, id) => [label, id])),
  };
}

/** The lines of a vocab.txt; an id without a token gets a line that no text matches. */
function listVocabulary(vocabulary: ReadonlyMap<string, number>): string {
  const lines: string[] = [];
  for (const [token, id] of vocabulary) lines[id] = token;
  return Array.from(
    lines,
    (token, id) => `${(token as string | undefined) ?? `[unused ${id}]`}\n`,
  ).join('');
}

async function writeWeights(
  path: string,
  { weights, config }: DescribedEncoder,
  outcome: TrainingOutcome,
): Promise<void> {
  const head = namedHeadWeights(outcome.head).map(([name, tensor]) => {
    const stored = isMistakable(outcome, config.hiddenSize) ? unmistakable(tensor) : tensor;
    return { ...stored, name, read: () => stored };
  });
  await writeSafetensors(path, [
    ...weights.map((weight) => ({ ...weight, name: `bert.${weight.name}` })),
    ...head,
  ]);
}

/** Whether Python would take the last layer for its own, of the pooler's vector, which it is not. */
function isMistakable({ head, features }: TrainingOutcome, hiddenSize: number): boolean {
  const isStandard =
    head.hidden === undefined && features.every(({ pooling }) => pooling === 'pooler');
  return !isStandard && head.output.weight.shape[1] === hiddenSize;
}

/** A matrix [rows, columns] as [rows, 1, columns], which no reader takes for a plain layer. */
function unmistakable(tensor: Tensor): Tensor {
  const [rows, columns] = tensor.shape;
  return tensor.shape.length === 2 ? { ...tensor, shape: [rows, 1, columns] } : tensor;
}
