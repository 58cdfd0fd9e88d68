// Real numbers to learn from instead of labels: a teacher's probabilities, with a share of what the table says.
import type { LabelMatrix } from '../../metrics/index.js';
import type { DistillationSettings } from './teacher.js';

/** What is learnt from. Every cell is known: where the table knows nothing, the teacher says it all. */
export interface SoftTargets extends DistillationSettings {
  /** Names teacher and settings: what a run that resumes must share. */
  readonly key: string;
  /** What the loss takes, [rows, labels], on memory that threads share; see `distilledCrossEntropy`. */
  readonly values: Float32Array;
  /** The probabilities that a student would have at a loss of no gradient and a temperature of 1, [rows, labels]. */
  readonly probabilities: Float32Array;
}

/** Probabilities nearer to 0 and 1 have logits that float32 cannot tell from certainty. */
const CERTAIN = 1e-7;

/**
 * Mixes.
 *
 * @param contentKey the teacher's
 * @param scores the teacher's probabilities, [rows, labels]
 * @param labels the table's, or null where it has none: then the share of hard labels is 0
 */
export function mixTargets(
  contentKey: string,
  scores: Float32Array,
  labels: LabelMatrix | null,
  { temperature, hardShare: wanted }: DistillationSettings,
): SoftTargets {
  const hardShare = labels === null ? 0 : wanted;
  const shared = (): Float32Array => new Float32Array(new SharedArrayBuffer(scores.length * 4));
  const values = shared();
  const probabilities = temperature === 1 ? values : shared();
  scores.forEach((score, cell) => {
    const label = labels === null ? -1 : labels.values[cell];
    const hard = label < 0 ? score : label;
    probabilities[cell] = (1 - hardShare) * score + hardShare * hard;
    if (temperature === 1) return;
    const soft = temperature * soften(score, temperature);
    values[cell] = (1 - hardShare) * soft + hardShare * hard;
  });
  const key = `${contentKey}, temperature ${temperature}, hard share ${hardShare}`;
  return { key, values, probabilities, temperature, hardShare };
}

/** The probability of a logit divided by the temperature. */
function soften(score: number, temperature: number): number {
  const inside = Math.min(1 - CERTAIN, Math.max(CERTAIN, score));
  const logit = Math.log(inside / (1 - inside));
  return 1 / (1 + Math.exp(-logit / temperature));
}
