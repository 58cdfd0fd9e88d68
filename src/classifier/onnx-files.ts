// Writes a trained model as ONNX, from token ids to logits, in float32 and in int8, and measures what int8 changes.
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { buildClassifierModel, resolveFeatures } from '../bert/index.js';
import { type GraphBuilder, writeModel } from '../graph/index.js';
import type { TrainingOutcome } from '../training/index.js';
import type { DescribedEncoder } from './encoder-description.js';
import { fileOf, quantizeClassifier } from './model-file.js';
import { fileNames, type ModelRecord } from './model-record.js';
import { sampleTexts } from './sample-texts.js';
import { Scorer } from './scorer.js';
import { TextScorer } from './text-scorer.js';

/** What is scored of a text, and what is added to it. */
interface ScoredModel extends Pick<TrainingOutcome, 'truncation' | 'blend' | 'baseline'> {
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
  await writeModel(quantizeClassifier(graph), join(folder, fileNames.quantizedModel));
}

/**
 * Scores sample texts by both ONNX files of a folder that has all but its record. Long texts are cut: what several
 * windows come to changes no more than the windows do.
 *
 * @throws PolytagError MODEL_LOAD_FAILED, MODEL_RUN_FAILED; the signal's reason
 */
export async function measureQuantization(
  folder: string,
  outcome: ScoredModel,
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
  { features: wanted, head }: TrainingOutcome,
): Promise<GraphBuilder> {
  const features = resolveFeatures(config, wanted);
  return buildClassifierModel(config, features, await readWeights(features), head);
}

async function scoreSamples(
  folder: string,
  model: string,
  { maxLength, truncation, blend, baseline }: ScoredModel,
  signal: AbortSignal | undefined,
): Promise<number[]> {
  const limits = { maxLength, truncation };
  const scorer = new Scorer(
    await TextScorer.open({ folder, model: fileOf(folder, model), ...limits, workers: 1 }),
    blend && baseline && { weights: blend.weights, baseline: baseline.model },
  );
  try {
    const all: number[] = [];
    for await (const { scores } of scorer.scoreStream(sampleTexts, { signal })) all.push(...scores);
    return all;
  } finally {
    await scorer.close();
  }
}
