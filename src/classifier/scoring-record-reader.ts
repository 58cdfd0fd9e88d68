// Reads what polytag.json says of how texts are scored beside the model: by windows, and with the baseline's logits.
import { resolveWindows, windowCombinations, type WindowSettings } from '../bert/index.js';
import { PolytagError } from '../errors/index.js';
import type { BlendWeights } from '../training/index.js';
import type { RecordReader } from './record-reader.js';

/** @param maxLength of the model; null where a service cuts texts, and windows cannot be */
export function readWindows(
  record: RecordReader,
  maxLength: number | null,
): WindowSettings | undefined {
  if (record.value('windows') === undefined) return undefined;
  if (maxLength === null) throw record.problem('windows', 'none without a maximal length');
  const windows = record.object('windows');
  const combine = windows.choice('combine', windowCombinations);
  const stride = windows.count('stride', 1);
  try {
    return resolveWindows({ combine, stride }, maxLength);
  } catch (error) {
    if (error instanceof PolytagError) throw windows.problem('stride', 'less than a window');
    throw error;
  }
}

/** The weights in a reader of the blend. */
export function readBlendWeights(
  blend: RecordReader,
  labels: readonly string[],
): readonly BlendWeights[] {
  const weights = blend.objects('weights').map((label) => ({
    model: label.number('model', 0),
    baseline: label.number('baseline', 0),
    offset: label.number('offset'),
  }));
  if (weights.length === labels.length) return weights;
  throw blend.problem('weights', `${labels.length} weights, one a label`);
}
