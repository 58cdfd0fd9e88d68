// What a student learns from: a model that gives probabilities, and how much its word counts beside the table's.
import { polytagError } from '../../errors/index.js';
import type { HeadSettings } from '../settings.js';
import type { TuningSettings } from '../tuning/tuning-settings.js';

/** A trained model, as far as a student needs it. */
export interface Teacher {
  /** What it is called. */
  readonly name: string;
  /** SHA-256, hexadecimal, of all that its scores depend on. */
  readonly contentKey: string;
  /** The student's labels, too, in this order. */
  readonly labels: readonly string[];
  /** One a label: a score of at least this is a decision for it. */
  readonly thresholds: readonly number[];
  /**
   * Probabilities of texts, in order, one a label; nothing is loaded for no texts.
   *
   * @param onScored called with the texts scored since the last call, which may be ahead of those given
   */
  score(
    texts: readonly string[],
    signal?: AbortSignal,
    onScored?: (texts: number) => void,
  ): AsyncIterable<Float32Array>;
  /** Ends what scoring needs; scoring begins it anew. */
  release(): Promise<void>;
}

/** How much of what is learnt from. */
export interface DistillationSettings {
  /**
   * Above 0, at most 20: both models' logits are divided by it before they are compared, so that above 1 small
   * probabilities weigh more (Hinton et al. 2015, arXiv 1503.02531); its part of the loss is multiplied by its square.
   */
  readonly temperature: number;
  /** Share of the table's own labels in what is learnt from, 0 to 1; the rest is the teacher's. */
  readonly hardShare: number;
}

/** Used where nothing else is said. */
const defaultDistillationSettings: DistillationSettings = { temperature: 1, hardShare: 0.3 };

/** The request for a student of a teacher. */
export interface DistillationRequest {
  /** Default 1. */
  readonly temperature?: number | undefined;
  /** Default 0.3. */
  readonly hardShare?: number | undefined;
  readonly teacher: Teacher;
}

/**
 * The settings of a request, checked.
 *
 * @throws PolytagError OPTION_INVALID for numbers outside their ranges, and for losses and smoothing that know no
 *   probabilities as targets
 */
export function settleDistillation(
  request: DistillationRequest,
  { loss }: HeadSettings,
  tuning: TuningSettings | undefined,
): DistillationSettings {
  const settings = {
    temperature: request.temperature ?? defaultDistillationSettings.temperature,
    hardShare: request.hardShare ?? defaultDistillationSettings.hardShare,
  };
  const { temperature, hardShare } = settings;
  const isWarm = temperature > 0 && temperature <= 20;
  check('temperature', temperature, isWarm, 'a number above 0, at most 20');
  check('hardShare', hardShare, hardShare >= 0 && hardShare <= 1, 'a number from 0 to 1');
  const isCrossEntropy = loss.kind === 'bce' || loss.kind === 'normalized';
  check('loss', loss.kind, isCrossEntropy, 'normalized or bce: others take no probabilities');
  const smoothing = tuning?.labelSmoothing ?? 0;
  check('labelSmoothing', smoothing, smoothing === 0, "0: a teacher's targets are soft already");
  return settings;
}

function check(option: string, value: number | string, isValid: boolean, expected: string): void {
  if (!isValid) throw polytagError('OPTION_INVALID', { option, value: String(value), expected });
}
