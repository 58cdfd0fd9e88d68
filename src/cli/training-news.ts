// Tells what a training run tells of itself: each stage in words, and how fine-tuning goes in numbers.
import type { LearningFigures, TrainingProgress } from '../training/index.js';
import { RateMeter, type Step } from './terminal/progress-line.js';
import { formatCount } from './terminal/quantities.js';

/** What each phase is called, and what it counts, if anything. */
const phases: Readonly<Record<TrainingProgress['phase'], readonly [name: string, unit?: string]>> =
  {
    reading: ['reading'],
    teaching: ['asking the teacher', 'texts'],
    encoding: ['encoding', 'texts'],
    training: ['training the head', 'epochs'],
    'layer-states': ['running frozen layers', 'texts'],
    tuning: ['fine-tuning', 'steps'],
    search: ['search', 'trials'],
    folds: ['cross-validation', 'folds'],
    'baseline-reading': ['baseline: reading n-grams', 'texts'],
    'baseline-fitting': ['baseline: fitting', 'labels'],
    windows: ['scoring long texts by windows', 'texts'],
    evaluating: ['choosing thresholds'],
    saving: ['saving'],
  };

/** Phases that consist of whole trainings, and what one of these is called. */
const parts: ReadonlyMap<TrainingProgress['phase'], string> = new Map([
  ['search', 'trial'],
  ['folds', 'fold'],
]);

/** The news of one run. */
export class TrainingNews {
  #tokens = new RateMeter();
  #counted = 0;
  /** Of which of several trainings it is told: `trial 4 of 13: `. */
  #within = '';

  /** @param now the clock, in milliseconds */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** The step that a progress display shows. */
  describe({ phase: key, done, total, note, figures }: TrainingProgress): Step {
    const [name, unit] = phases[key];
    const part = parts.get(key);
    if (part !== undefined) {
      this.#within = done < total ? `${part} ${done + 1} of ${total}: ` : '';
      return { phase: name, unit, done, total, note };
    }
    const step = { phase: `${this.#within}${name}`, unit, done, total };
    if (figures === undefined) return { ...step, note };
    // Each training counts from 0.
    if (figures.tokens < this.#counted) this.#tokens = new RateMeter();
    this.#counted = figures.tokens;
    this.#tokens.add(figures.tokens, this.now());
    const perSecond = this.#tokens.perSecond;
    const speed = perSecond === undefined ? undefined : `${formatCount(perSecond)} tokens/s`;
    return { ...step, speed, note: describeFigures(figures) };
  }
}

/** What matters most comes first: a narrow terminal cuts the end. */
function describeFigures({ loss, learningRate, validation }: LearningFigures): string {
  return [
    loss === null ? undefined : `loss ${loss.toFixed(4)}`,
    validation === '' ? undefined : validation,
    learningRate === null ? undefined : `rate ${learningRate.toExponential(1)}`,
  ]
    .filter((figure) => figure !== undefined)
    .join(', ');
}
