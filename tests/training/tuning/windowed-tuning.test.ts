// Whole runs of fine-tuning on long texts by windows: what they are measured by, what they resume to, and what stays as it was.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeWindows, TextClassifier, WordPieceTokenizer } from '../../../src/bert/index.js';
import { readLabelledTable } from '../../../src/data/index.js';
import {
  trainModel,
  type TrainingProgress,
  type TrainingRequest,
} from '../../../src/training/index.js';
import type { TrainingOutcome } from '../../../src/training/training-outcome.js';
import type { TuningMode } from '../../../src/training/tuning/tuning-settings.js';
import { temporaryFolder } from '../../classifier/support/temporary-folder.js';
import { tinyEncoder, writeSmallTable } from '../support/small-tables.js';

const root = temporaryFolder();
const long = join(root, 'long.csv');
const held = join(root, 'held.csv');
const short = join(root, 'short.csv');
const maxLength = 20;
const stride = 9;

beforeAll(() => {
  writeSmallTable(long, { rows: 60, longEvery: 3 });
  // More than 64 windows cover.
  writeSmallTable(held, { rows: 24, longEvery: 8, longWords: 700 });
  writeSmallTable(short, { rows: 60 });
});

function requestIn(name: string, changes: Partial<TrainingRequest> = {}): TrainingRequest {
  const workFolder = join(root, name);
  mkdirSync(workFolder, { recursive: true });
  return {
    table: long,
    validation: held,
    encoder: tinyEncoder,
    maxLength,
    windows: { combine: 'max', stride },
    workFolder,
    cache: join(root, 'cache'),
    baseline: false,
    workers: 1,
    head: { epochs: 2, hiddenUnits: 8 },
    ...changes,
  };
}

/** Runs that were never stopped, by name. */
const straight = new Map<string, TrainingOutcome>();

const top: TuningMode = { kind: 'top', layers: 1 };
const full: TuningMode = { kind: 'full' };
const tuningOf = (mode: TuningMode): NonNullable<TrainingRequest['tuning']> => {
  return { mode, epochs: 2, batchSize: 16, learningRate: 1e-3, tokenBudget: 160 };
};

/** What must be alike in two runs that made the same model. */
function modelOf({ tuning, head, thresholds, validation }: TrainingOutcome): unknown {
  return { tuning, head, thresholds, validation };
}

const modes = [
  ['top', top, 'max'],
  ['full', full, 'mean'],
] as const;

function requestOf(mode: TuningMode, combine: 'max' | 'mean', name: string): TrainingRequest {
  return requestIn(`${name}-${mode.kind}`, {
    windows: { combine, stride },
    tuning: tuningOf(mode),
  });
}

describe('fine-tuning by windows', () => {
  it.each(modes)('of %s is measured as its model scores afterwards', async (_, mode, combine) => {
    const outcome = await trainModel(requestOf(mode, combine, 'straight'));
    straight.set(mode.kind, outcome);
    const { features, truncation, windows, head, encoder, validationScores } = outcome;
    if (encoder.service !== undefined) throw new Error('the encoder is at hand');
    const { texts } = await readLabelledTable(held);
    const classifier = await TextClassifier.open({
      ...{ folder: encoder.folder, features, maxLength, truncation, windows, head, workers: 1 },
      weights: outcome.tuning?.weights ?? new Map(),
    });
    const logits: number[] = [];
    for await (const row of classifier.score(texts, {})) logits.push(...row.logits);
    await classifier.close();
    const scores = validationScores?.scores.values ?? new Float32Array(0);
    expect(scores).toHaveLength(logits.length);
    // Frozen layers are kept in half precision.
    const slack = mode.kind === 'top' ? 5e-3 : 1e-5;
    logits.forEach((logit, at) => {
      expect(Math.abs(scores[at] - 1 / (1 + Math.exp(-logit)))).toBeLessThan(slack);
    });
    expect(outcome.tuning?.best.validationRocAuc).toBe(outcome.validation.macro.rocAuc.value);
    expect(outcome.rows.windowed).toBe(2);
    expect(outcome.tuning?.best.step).toBeGreaterThan(0);
  });

  it('reads no more windows of a text than may be', async () => {
    const tokenizer = await WordPieceTokenizer.load(tinyEncoder);
    const { texts } = await readLabelledTable(held);
    const cut = { maxLength, truncation: 'head', stride } as const;
    const counts = texts.map((text) => encodeWindows(tokenizer, text, cut).length);
    expect(Math.max(...counts)).toBe(64);
  });

  it.each(modes)(
    'of %s ends after a stop in the bytes of a straight run',
    async (_, mode, combine) => {
      const stop = new AbortController();
      const request = requestOf(mode, combine, 'stopped');
      const stopped = {
        ...request,
        signal: stop.signal,
        onProgress: ({ phase, done }: TrainingProgress) => {
          if (phase === 'tuning' && done === 5) stop.abort(new Error('stopped on the way'));
        },
      };
      await expect(trainModel(stopped)).rejects.toThrow('stopped on the way');
      const resumed = await trainModel({ ...request, resume: true });
      expect(modelOf(resumed)).toEqual(modelOf(known(mode)));
    },
  );

  it('goes on with the same windows only', async () => {
    const request = requestOf(top, 'mean', 'straight');
    const resumed = trainModel({ ...request, resume: true });
    await expect(resumed).rejects.toMatchObject({ code: 'CHECKPOINT_FOREIGN' });
    await expect(resumed).rejects.toThrow('is the checkpoint of another run: windows differ');
  });

  it('learns something else than from cut texts', async () => {
    const cut = await trainModel({ ...requestOf(full, 'mean', 'cut'), windows: undefined });
    expect(cut.tuning?.history).toHaveLength(known(full).tuning?.history.length ?? 0);
    const losses = (outcome: TrainingOutcome): number[] =>
      (outcome.tuning?.history ?? []).map(({ loss }) => loss);
    expect(losses(cut)).not.toEqual(losses(known(full)));
  });

  it('makes the same model of short texts as without', async () => {
    const changes = { table: short, validation: 0.2, tuning: tuningOf(top) };
    const windowed = await trainModel(requestIn('short', changes));
    const cut = await trainModel(requestIn('short-cut', { ...changes, windows: undefined }));
    expect(windowed.rows).toMatchObject({ windowed: 0, truncated: 0 });
    expect(modelOf(windowed)).toEqual(modelOf(cut));
    expect(windowed.validationScores).toEqual(cut.validationScores);
  });
});

function known({ kind }: TuningMode): TrainingOutcome {
  const outcome = straight.get(kind);
  if (outcome === undefined) throw new Error(`no run of ${kind} has ended`);
  return outcome;
}
