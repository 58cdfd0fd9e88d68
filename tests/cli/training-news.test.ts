// How a training run is told: the words of each stage, the numbers of fine-tuning, on wide and narrow terminals and in logs.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ProgressDisplay } from '../../src/cli/terminal/progress.js';
import { TrainingNews } from '../../src/cli/training-news.js';
import type { LearningFigures } from '../../src/training/index.js';
import { Recorder } from './terminal/recorder.js';

const before: LearningFigures = {
  loss: null,
  learningRate: null,
  tokens: 0,
  validation: 'validation macro AUC 0.9590',
};

/** Fine-tunes for so many of 1,000 steps, at one step a second and 1,640 tokens a step. */
function tune(stream: Recorder, steps: number): void {
  let time = 0;
  const now = (): number => time;
  const progress = new ProgressDisplay({ stream, now });
  const news = new TrainingNews(now);
  const tell = (done: number, figures: LearningFigures): void => {
    progress.show(news.describe({ phase: 'tuning', done, total: 1000, figures }));
  };
  tell(0, before);
  for (let done = 1; done <= steps; done += 1) {
    time += 1000;
    tell(done, { ...before, loss: 0.12345, learningRate: 3.94e-5, tokens: 1640 * done });
  }
  progress.close();
}

describe('fine-tuning', () => {
  beforeEach(() => {
    vi.stubEnv('TERM', 'xterm');
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('shows steps, speed, time left, loss, validation and rate where there is room', () => {
    const stream = new Recorder(true, 150);
    tune(stream, 100);
    expect(stream.written.at(-2)).toBe(
      '\rfine-tuning  ██░░░░░░░░░░░░░░░░░░  10 %  100 of 1,000 steps  1,640 tokens/s  ETA 15 min 00 s  ' +
        'loss 0.1235, validation macro AUC 0.9590, rate 3.9e-5\x1b[K',
    );
  });

  it('keeps the loss on a terminal of 80 columns', () => {
    const stream = new Recorder(true, 80);
    tune(stream, 100);
    expect(stream.written.at(-2)).toBe(
      '\rfine-tuning  100 of 1,000 steps  1,640 tokens/s  ETA 15 min 00 s  loss 0.1235,…\x1b[K',
    );
  });

  it('is plain lines every half minute in a log, the first before it begins', () => {
    const stream = new Recorder();
    tune(stream, 65);
    expect(stream.text.trimEnd().split('\n')).toEqual([
      'fine-tuning: 0 %, 0 of 1,000 steps, validation macro AUC 0.9590',
      'fine-tuning: 3 %, 30 of 1,000 steps, 1,640 tokens/s, ETA 16 min 10 s, loss 0.1235, validation macro AUC 0.9590, rate 3.9e-5',
      'fine-tuning: 6 %, 60 of 1,000 steps, 1,640 tokens/s, ETA 15 min 40 s, loss 0.1235, validation macro AUC 0.9590, rate 3.9e-5',
    ]);
  });

  it('says the figure that selects, and that it is undefined', () => {
    const figures = { ...before, validation: 'validation macro AP undefined' };
    const step = new TrainingNews().describe({ phase: 'tuning', done: 0, total: 9, figures });
    expect(step.note).toBe('validation macro AP undefined');
  });
});

describe('frozen layers', () => {
  it('say what they take on disk before they run', () => {
    const stream = new Recorder();
    const progress = new ProgressDisplay({ stream });
    const note = '812 MB on disk until the run ends';
    const told = { phase: 'layer-states', done: 0, total: 36_797, note } as const;
    progress.show(new TrainingNews().describe(told));
    progress.close();
    expect(stream.text).toBe(`running frozen layers: 0 %, 0 of 36,797 texts, ${note}\n`);
  });
});

describe('trainings within a run', () => {
  it('are told with the fold or trial that they are of, and the last without', () => {
    const news = new TrainingNews();
    const name = (phase: 'folds' | 'search' | 'training', done = 1, total = 3): string =>
      news.describe({ phase, done, total }).phase;
    expect(name('training')).toBe('training the head');
    expect(name('search', 0)).toBe('search');
    expect(name('training')).toBe('trial 1 of 3: training the head');
    name('search', 3);
    expect(name('training')).toBe('training the head');
    name('folds', 1);
    expect(name('training')).toBe('fold 2 of 3: training the head');
    name('folds', 3);
    expect(name('training')).toBe('training the head');
  });

  it('count their tokens each from none', () => {
    let time = 0;
    const news = new TrainingNews(() => time);
    const speedAt = (seconds: number, tokens: number): string | undefined => {
      time = 1000 * seconds;
      const figures = { ...before, tokens };
      return news.describe({ phase: 'tuning', done: 1, total: 2, figures }).speed;
    };
    speedAt(0, 0);
    expect(speedAt(1, 5000)).toBe('5,000 tokens/s');
    expect(speedAt(2, 0)).toBeUndefined();
    expect(speedAt(3, 4000)).toBe('4,000 tokens/s');
  });
});
