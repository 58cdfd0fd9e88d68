// Which epoch was best, and when to stop looking for a better one.
import { bestMeasured, hasMeasures, type ValidationMeasures } from './selection-metric.js';

/** What one epoch came to. */
export interface EpochRecord extends ValidationMeasures {
  /** From 1. */
  readonly epoch: number;
  /** Mean loss of the epoch's steps, dropout included. */
  readonly loss: number;
}

/**
 * The record with the highest validation figure, the earliest of equals; the last one where no epoch has
 * a figure.
 */
export function bestEpoch(history: readonly EpochRecord[]): EpochRecord {
  return bestMeasured(history);
}

/** Whether `patience` epochs have gone by since the best one. */
export function shouldStop(history: readonly EpochRecord[], patience: number): boolean {
  if (history.length === 0) return false;
  return history.length - bestEpoch(history).epoch >= patience;
}

/** Whether a parsed value is the record of a run's epochs, as checkpoints keep it. */
export function isHistory(value: unknown): value is { history: readonly EpochRecord[] } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'history' in value &&
    Array.isArray(value.history) &&
    value.history.every(isEpochRecord)
  );
}

function isEpochRecord(value: unknown): value is EpochRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { epoch, loss } = value as Partial<Record<keyof EpochRecord, unknown>>;
  return typeof epoch === 'number' && typeof loss === 'number' && hasMeasures(value);
}
