// Opens what scores by a trained model: its ONNX file or its services, and the baseline where it is blended.
import { join } from 'node:path';
import { resolveWindows } from '../bert/index.js';
import { polytagError } from '../errors/index.js';
import { loadLinearBaseline } from '../linear/index.js';
import type { LoadOptions } from './classifier-options.js';
import { HeadScorer } from './head-scorer.js';
import type { LogitSource } from './logit-source.js';
import { modelFiles, provideModelFile } from './model-file.js';
import { fileNames } from './model-record.js';
import { Scorer } from './scorer.js';
import { TextScorer } from './text-scorer.js';
import type { TrainedFolder } from './trained-folder.js';

/** @throws PolytagError OPTION_INVALID */
export function checkPrecision(precision: string): void {
  if (Object.hasOwn(modelFiles, precision)) return;
  const expected = Object.keys(modelFiles).join(' or ');
  throw polytagError('OPTION_INVALID', { option: 'precision', value: precision, expected });
}

/**
 * @throws PolytagError OPTION_INVALID; MODEL_LOAD_FAILED and others of `TextScorer.open`; as `loadLinearBaseline`
 *   where the model is blended
 */
export async function openScorer(trained: TrainedFolder, options: LoadOptions): Promise<Scorer> {
  const { blend } = trained.record;
  if (blend === undefined || options.blend === false)
    return new Scorer(await openSource(trained, options));
  const baseline = await loadLinearBaseline(join(trained.folder, fileNames.baseline));
  const { weights } = blend;
  return new Scorer(await openSource(trained, options), { weights, baseline });
}

async function openSource(trained: TrainedFolder, options: LoadOptions): Promise<LogitSource> {
  const { precision = 'fp32', encoder, workers, threadsPerWorker } = options;
  const { maxWaitingTexts, onRequestBatch } = options;
  const { maxLength, truncation, windows, encoder: origin } = trained.record;
  if (origin.service !== undefined) {
    if (precision !== 'fp32') {
      const expected = 'fp32: the folder holds no encoder to round, only a head';
      throw polytagError('OPTION_INVALID', { option: 'precision', value: precision, expected });
    }
    return HeadScorer.open(trained, origin.service, options);
  }
  if (encoder !== undefined) {
    const expected = 'nothing, because the model folder holds its encoder';
    throw polytagError('OPTION_INVALID', { option: 'encoder', value: encoder, expected });
  }
  if (maxLength === null) throw new Error('a model with an encoder has a maximal length');
  const requestWindows =
    options.requestWindows && resolveWindows(options.requestWindows, maxLength);
  const limits = {
    maxLength,
    truncation,
    windows,
    requestWindows,
    maxWaitingTexts,
    onRequestBatch,
  };
  const { folder } = trained;
  const model = await provideModelFile(trained, precision);
  return TextScorer.open({ folder, model, ...limits, workers, threadsPerWorker });
}
