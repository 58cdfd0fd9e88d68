// Writes a trained model as ONNX, from token ids to logits, in float32 and in int8, and measures what int8 changes.
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  addHeadWeights,
  buildEncoder,
  buildFeatures,
  buildHead,
  declareInputs,
  initializersOf,
  resolveFeatures,
} from '../bert/index.js';
import { GraphBuilder, quantizeModel, writeModel } from '../graph/index.js';
import type { TrainingOutcome } from '../training/index.js';
import type { DescribedEncoder } from './encoder-description.js';
import { fileNames, type ModelRecord } from './model-record.js';
import { sampleTexts } from './sample-texts.js';
import { logitsName, TextScorer } from './text-scorer.js';

/** What is scored of a text. */
interface TextLimits extends Pick<TrainingOutcome, 'truncation'> {
  readonly maxLength: number;
}

/** Writes onnx/model.onnx and onnx/model_quantized.onnx into `folder`. */
export async function writeOnnxFiles(
  folder: string,
  encoder: DescribedEncoder,
  outcome: TrainingOutcome,
): Promise<void> {
  const graph = await buildModel(encoder, outcome);
  await mkdir(join(folder, dirname(fileNames.model)));
  await writeModel(graph, join(folder, fileNames.model));
  // The head is a small part of the work and all of the decision: it stays in float32.
  const quantized = quantizeModel(graph, { keep: (name) => name.startsWith('classifier.') });
  await writeModel(quantized, join(folder, fileNames.quantizedModel));
}

/**
 * Scores sample texts by both ONNX files of a folder that has all but its record.
 *
 * @throws PolytagError MODEL_LOAD_FAILED, MODEL_RUN_FAILED; the signal's reason
 */
export async function measureQuantization(
  folder: string,
  outcome: TextLimits,
  signal: AbortSignal | undefined,
): Promise<ModelRecord['quantization']> {
  const exact = await scoreSamples(folder, fileNames.model, outcome, signal);
  const rounded = await scoreSamples(folder, fileNames.quantizedModel, outcome, signal);
  const largestScoreChange = exact.reduce(
    (largest, score, cell) => Math.max(largest, Math.abs(score - rounded[cell])),
    0,
  );
  return { largestScoreChange, texts: sampleTexts.length };
}

async function buildModel(
  { config, readWeights }: DescribedEncoder,
  outcome: TrainingOutcome,
): Promise<GraphBuilder> {
  const features = resolveFeatures(config, outcome.features);
  const graph = new GraphBuilder();
  const inputs = declareInputs(graph, config);
  const weight = initializersOf(graph, await readWeights(features));
  const states = buildEncoder({ config, ...inputs, weight }, features.lastLayer);
  const vectors = buildFeatures(features, states, inputs.attentionMask, weight);
  graph.output(logitsName, buildHead(vectors, addHeadWeights(vectors, outcome.head)));
  return graph;
}

async function scoreSamples(
  folder: string,
  model: string,
  { maxLength, truncation }: TextLimits,
  signal: AbortSignal | undefined,
): Promise<number[]> {
  const scorer = await TextScorer.open({ folder, model, maxLength, truncation, workers: 1 });
  try {
    const all: number[] = [];
    for await (const { scores } of scorer.scoreStream(sampleTexts, { signal })) all.push(...scores);
    return all;
  } finally {
    await scorer.close();
  }
}
