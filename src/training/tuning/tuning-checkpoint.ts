// The state of fine-tuning on disk: the last two, and the weights of the best validation, each whole or not there.
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Tensor } from '../../graph/index.js';
import { type Fingerprint, loadCheckpoint, saveCheckpoint } from '../checkpoint.js';
import { hasMeasures, type ValidationMeasures } from '../selection-metric.js';

/** One measurement on the validation rows. */
export interface ValidationRecord extends ValidationMeasures {
  /** Steps done. */
  readonly step: number;
  /** Epochs done, in parts. */
  readonly epoch: number;
  /** Mean loss of the steps since the measurement before, dropout included. */
  readonly loss: number;
}

/** How far a run has come. */
export interface TuningProgress {
  /** Steps done. */
  readonly step: number;
  readonly history: readonly ValidationRecord[];
  /** Losses of the steps since the last measurement, added up. */
  readonly lossSum: number;
}

/** Tensors by name. */
type NamedTensors = ReadonlyMap<string, Tensor>;

const kept = 2;

/** Where a run keeps its state between steps. */
export class TuningCheckpoints {
  constructor(
    private readonly folder: string,
    private readonly fingerprint: Fingerprint,
  ) {}

  /** Keeps a state, and removes all but the one before it. */
  async save(progress: TuningProgress, state: NamedTensors): Promise<void> {
    await saveCheckpoint(this.path(progress.step), this.fingerprint, {
      tensors: state,
      record: progress,
    });
    const steps = await this.list();
    for (const step of steps.slice(0, -kept)) await rm(this.path(step), { force: true });
  }

  /** The last state, or undefined where there is none. @throws PolytagError CHECKPOINT_FOREIGN */
  async load(): Promise<{ progress: TuningProgress; state: NamedTensors } | undefined> {
    const last = (await this.list()).at(-1);
    if (last === undefined) return undefined;
    const found = await loadCheckpoint(this.path(last), this.fingerprint, isProgress);
    return found && { progress: found.record, state: found.tensors };
  }

  /** Keeps the weights of the best validation. */
  async saveBest(record: ValidationRecord, weights: NamedTensors): Promise<void> {
    await saveCheckpoint(this.bestPath, this.fingerprint, { tensors: weights, record });
  }

  /** The weights of the best validation of the run. */
  async loadBest(): Promise<NamedTensors | undefined> {
    return (await loadCheckpoint(this.bestPath, this.fingerprint, isRecord))?.tensors;
  }

  private get bestPath(): string {
    return join(this.folder, 'tuning-best.safetensors');
  }

  private path(step: number): string {
    return join(this.folder, `tuning-${step}.safetensors`);
  }

  /** Steps of which there is a state, ascending. */
  private async list(): Promise<number[]> {
    const names = await readdir(this.folder);
    const steps = names.flatMap((name) => {
      const found = /^tuning-(\d+)\.safetensors$/.exec(name);
      return found === null ? [] : [Number(found[1])];
    });
    return steps.sort((left, right) => left - right);
  }
}

function isProgress(value: unknown): value is TuningProgress {
  if (typeof value !== 'object' || value === null) return false;
  const { step, history, lossSum } = value as Partial<Record<keyof TuningProgress, unknown>>;
  const hasHistory = Array.isArray(history) && history.every(isRecord);
  return typeof step === 'number' && typeof lossSum === 'number' && hasHistory;
}

/** Whether a parsed value is a measurement. */
function isRecord(value: unknown): value is ValidationRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { step, epoch, loss } = value as Partial<Record<keyof ValidationRecord, unknown>>;
  return [step, epoch, loss].every((number) => typeof number === 'number') && hasMeasures(value);
}
