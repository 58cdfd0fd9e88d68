// The flags of polytag train about scoring: what is added to the model's logits, and what becomes of long texts.
import type { TrainOptions } from '../classifier/index.js';
import { wholeNumber } from './option-parsers.js';
import { Option } from './typed-commander.js';

export const scoringOptions = {
  blend: new Option(
    '--blend',
    "add the linear baseline's logits to the model's, with weights that the validation rows choose; ONNX files are without",
  ),
  windows: new Option(
    '--windows <combination>',
    "score longer texts by overlapping windows instead of cutting them; a label's logit is their max or mean",
  ).choices(['max', 'mean'] as const),
  windowStride: new Option(
    '--window-stride <tokens>',
    'from the start of one window to that of the next, from 1 (default: half a window)',
  ).argParser(wholeNumber(1)),
};

/** What the flags of scoring hold; what was not given is missing. */
export interface ScoringFlags {
  readonly baseline: boolean;
  readonly blend?: true | undefined;
  readonly windows?: 'max' | 'mean' | undefined;
  readonly windowStride?: number | undefined;
}

/** What the flags ask of a training run. */
export function chooseScoring({
  blend,
  windows,
  windowStride: stride,
}: ScoringFlags): Pick<TrainOptions, 'blend' | 'windows'> {
  return { blend, windows: windows && { combine: windows, stride } };
}

/** The sentence about flags of scoring that contradict others or have no effect; undefined if none do. */
export function findScoringContradiction({
  baseline,
  blend,
  windows,
  windowStride,
}: ScoringFlags): string | undefined {
  if (blend === true && !baseline) {
    return "--blend adds the baseline's logits, and --no-baseline leaves the baseline out; give one or the other";
  }
  return windowStride !== undefined && windows === undefined
    ? '--window-stride has an effect with --windows only'
    : undefined;
}
