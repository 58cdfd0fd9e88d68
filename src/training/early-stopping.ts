// Which epoch was best, and when to stop looking for a better one.

/** What one epoch came to. */
export interface EpochRecord {
  /** From 1. */
  readonly epoch: number;
  /** Mean loss of the epoch's steps, dropout included. */
  readonly loss: number;
  /** Macro ROC-AUC over the validation rows; null where no label has both classes there. */
  readonly validationRocAuc: number | null;
}

/**
 * The record with the highest validation figure, the earliest of equals; the last one where no epoch has
 * a figure.
 */
export function bestEpoch(history: readonly EpochRecord[]): EpochRecord {
  return history.reduce((best, record) => {
    const isBetter = (record.validationRocAuc ?? -1) > (best.validationRocAuc ?? -1);
    const neitherKnown = record.validationRocAuc === null && best.validationRocAuc === null;
    return isBetter || neitherKnown ? record : best;
  });
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
  const { epoch, loss, validationRocAuc } = value as Partial<Record<keyof EpochRecord, unknown>>;
  const isFigure = typeof validationRocAuc === 'number' || validationRocAuc === null;
  return typeof epoch === 'number' && typeof loss === 'number' && isFigure;
}
