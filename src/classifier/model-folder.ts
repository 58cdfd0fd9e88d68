// Writes the folder of a trained model, which opens everywhere: Hugging Face's layout, ONNX, and a record. Of one
// that was trained on a service's vectors there is only the head.
import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { writeFolderAtomically } from '../data/index.js';
import { packageVersion, probeMachine } from '../runtime/index.js';
import type { TrainingOutcome } from '../training/index.js';
import { describeEncoder, replaceWeights } from './encoder-description.js';
import { describeFolds, writeFoldScores } from './folds-record.js';
import { writeHuggingFaceFiles } from './hugging-face-files.js';
import { modelCard } from './model-card.js';
import { fileNames, type ModelRecord, recordFormats } from './model-record.js';
import { drawLearningCurves } from './plots/learning-curves.js';
import { measureQuantization, writeOnnxFiles } from './onnx-files.js';
import { writeHeadFile } from './service-files.js';
import { sealJson } from './sealed-json.js';
import { hashFile } from './trained-folder.js';
import { writeValidationScores } from './validation-scores.js';

/** How a model is written. */
export interface WriteModelOptions {
  /** Replace the model that is there, once the new one is complete. Default false. */
  readonly overwrite?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with the steps that are done. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Writes a trained model to `out`, as a whole or not at all. The same outcome gives the same bytes but for
 * training.json, which holds durations and versions. Both ONNX files are loaded and run before the folder
 * appears.
 *
 * @throws PolytagError as `openModelFolder` of the encoder; FOLDER_NOT_EMPTY, DISK_FULL, WRITE_FORBIDDEN,
 *   WRITE_FAILED; MODEL_LOAD_FAILED; the signal's reason
 */
export async function writeModelFolder(
  out: string,
  outcome: TrainingOutcome,
  { overwrite = false, signal, onProgress }: WriteModelOptions = {},
): Promise<void> {
  const steps = [
    writeFiles,
    writeBaseline,
    writeFoldScores,
    writeScores,
    writeTrainingFacts,
    writeRecord,
  ];
  const fill = async (folder: string): Promise<void> => {
    for (const [done, step] of steps.entries()) {
      onProgress?.(done, steps.length);
      signal?.throwIfAborted();
      await step(folder, outcome, signal);
    }
    onProgress?.(steps.length, steps.length);
  };
  await writeFolderAtomically(out, fill, { overwrite });
}

async function writeFiles(folder: string, outcome: TrainingOutcome): Promise<void> {
  const { encoder: origin } = outcome;
  if (origin.service !== undefined) {
    await writeHeadFile(folder, outcome, origin.service.width);
    return;
  }
  const original = await describeEncoder(origin.folder);
  const encoder = replaceWeights(original, outcome.tuning?.weights ?? new Map());
  const maxLength = lengthOf(outcome);
  try {
    await writeHuggingFaceFiles(folder, encoder, { ...outcome, maxLength });
    await writeOnnxFiles(folder, encoder, outcome);
  } finally {
    await encoder.close();
  }
}

/** Whoever has the encoder at hand has chosen a length. */
function lengthOf({ maxLength }: TrainingOutcome): number {
  if (maxLength === null) throw new Error('a model with an encoder has a maximal length');
  return maxLength;
}

async function writeBaseline(folder: string, { baseline }: TrainingOutcome): Promise<void> {
  if (baseline === undefined) return;
  const path = join(folder, fileNames.baseline);
  await mkdir(dirname(path));
  await baseline.model.save(path);
}

async function writeScores(
  folder: string,
  { labelNames, validationScores }: TrainingOutcome,
): Promise<void> {
  if (validationScores === undefined) return;
  await writeValidationScores(folder, labelNames, validationScores);
}

async function writeTrainingFacts(folder: string, { seconds }: TrainingOutcome): Promise<void> {
  const { node, onnxRuntime, platform, architecture, processor } = probeMachine();
  const facts = { seconds, node, onnxRuntime, platform, architecture, processor };
  await writeFile(join(folder, fileNames.training), sealJson(facts));
}

async function writeRecord(
  folder: string,
  outcome: TrainingOutcome,
  signal: AbortSignal | undefined,
): Promise<void> {
  const quantization =
    outcome.encoder.service === undefined
      ? await measureQuantization(folder, { ...outcome, maxLength: lengthOf(outcome) }, signal)
      : null;
  const record = describeOutcome(outcome, quantization);
  await writeFile(join(folder, fileNames.card), modelCard(record));
  await writeFile(join(folder, fileNames.curves), drawLearningCurves(record));
  const files = [];
  for (const path of await listFiles(folder)) {
    if (path === fileNames.training) continue;
    files.push({ path, sha256: await hashFile(folder, path) });
  }
  await writeFile(join(folder, fileNames.record), sealJson({ ...record, files }));
}

function describeOutcome(
  outcome: TrainingOutcome,
  quantization: ModelRecord['quantization'],
): Omit<ModelRecord, 'files'> {
  const { baseline, encoder, rows } = outcome;
  return {
    format: formatOf(outcome),
    polytag: packageVersion(),
    labels: outcome.labelNames,
    thresholds: outcome.thresholds,
    maxLength: outcome.maxLength,
    truncation: outcome.truncation,
    windows: outcome.windows,
    features: outcome.features,
    encoder: describeOrigin(encoder),
    settings: outcome.settings,
    // Of paths only the last part: where files lay is nobody's business where the folder goes.
    rows: { ...rows, table: basename(rows.table), validationFrom: basename(rows.validationFrom) },
    history: outcome.history,
    bestEpoch: outcome.bestEpoch,
    tuning: describeTuning(outcome),
    folds: outcome.folds && describeFolds(outcome.folds),
    search: outcome.search,
    distillation: outcome.distillation,
    validation: outcome.validation,
    baseline:
      baseline === undefined
        ? null
        : { thresholds: baseline.thresholds, validation: baseline.validation },
    blend: outcome.blend,
    quantization,
  };
}

function formatOf({ blend, windows, encoder }: TrainingOutcome): number {
  if (blend !== undefined || windows !== undefined) return recordFormats.scoredBeside;
  return encoder.service === undefined ? recordFormats.whole : recordFormats.headOnly;
}

function describeTuning({ tuning }: TrainingOutcome): ModelRecord['tuning'] {
  if (tuning === undefined) return undefined;
  const { settings, history, best } = tuning;
  return { settings, history, bestStep: best.step };
}

function describeOrigin(origin: TrainingOutcome['encoder']): ModelRecord['encoder'] {
  const { reference, contentKey } = origin;
  return origin.service === undefined
    ? { reference: nameOf(reference), contentKey }
    : { reference, contentKey, service: origin.service };
}

/** Names of bundled models and hub ids stay as they are. */
function nameOf(reference: string): string {
  const isPath = isAbsolute(reference) || reference.startsWith('.') || existsSync(reference);
  return isPath ? basename(resolve(reference)) : reference;
}

/** Paths of all files in `folder`, with `/`, sorted. */
async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const prefix = resolve(folder).length + 1;
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(resolve(entry.parentPath), entry.name).slice(prefix).replaceAll('\\', '/'))
    .sort();
}
