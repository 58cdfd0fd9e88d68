// A trained model folder as the teacher of another model: opened when it is asked, and let go of when all has been said.
import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { DistillationRequest, Teacher } from '../training/index.js';
import type { LoadOptions, TrainOptions } from './classifier-options.js';
import { fileNames } from './model-record.js';
import type { Scorer } from './scorer.js';
import { openScorer } from './scorer-loading.js';
import { hashFile, openTrainedFolder, type TrainedFolder } from './trained-folder.js';

/**
 * Opens the record of a teacher; its weights are loaded at the first text.
 *
 * @throws PolytagError as `openTrainedFolder`; the signal's reason
 */
async function openTeacher(reference: string, options: LoadOptions): Promise<Teacher> {
  const trained = await openTrainedFolder(reference, options);
  // The record holds the digest of every file.
  const contentKey = await hashFile(trained.folder, fileNames.record);
  const name = existsSync(reference) ? basename(resolve(reference)) : reference;
  return new FolderTeacher(trained, { name, contentKey }, options);
}

/**
 * What a training run is told of its teacher; undefined where it has none.
 *
 * @throws PolytagError as `openTeacher`
 */
export async function openDistillation({
  teacher: wanted,
  workers,
  signal,
  onWarning,
}: TrainOptions): Promise<DistillationRequest | undefined> {
  if (wanted === undefined) return undefined;
  const { model, encoder, temperature, hardShare } = wanted;
  const teacher = await openTeacher(model, { encoder, workers, signal, onWarning });
  return { teacher, temperature, hardShare };
}

class FolderTeacher implements Teacher {
  readonly name: string;
  readonly contentKey: string;
  readonly labels: readonly string[];
  readonly thresholds: readonly number[];
  #scorer: Scorer | undefined;

  constructor(
    private readonly trained: TrainedFolder,
    { name, contentKey }: Pick<Teacher, 'name' | 'contentKey'>,
    private readonly options: LoadOptions,
  ) {
    this.name = name;
    this.contentKey = contentKey;
    this.labels = trained.record.labels;
    this.thresholds = trained.thresholds.values;
  }

  async *score(
    texts: readonly string[],
    signal?: AbortSignal,
    onScored?: (texts: number) => void,
  ): AsyncGenerator<Float32Array, void, undefined> {
    this.#scorer ??= await openScorer(this.trained, this.options);
    let told = 0;
    const onProgress = (done: number): void => {
      onScored?.(done - told);
      told = done;
    };
    for await (const { scores } of this.#scorer.scoreStream(texts, { signal, onProgress })) {
      yield scores;
    }
  }

  async release(): Promise<void> {
    await this.#scorer?.close();
    this.#scorer = undefined;
  }
}
