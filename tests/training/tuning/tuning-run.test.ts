// Whole runs of fine-tuning: what they end with when all goes well, and when it does not.
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { trainModel, type TrainingRequest } from '../../../src/training/index.js';
import { tinyEncoder, writeSmallTable } from '../support/small-tables.js';

const root = mkdtempSync(join(tmpdir(), 'polytag-tuning-'));
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

const table = join(root, 'comments.csv');
writeSmallTable(table, { rows: 160 });

function requestIn(name: string, changes: Partial<TrainingRequest> = {}): TrainingRequest {
  const workFolder = join(root, name);
  mkdirSync(workFolder, { recursive: true });
  return {
    table,
    encoder: tinyEncoder,
    maxLength: 20,
    workFolder,
    cache: join(root, 'cache'),
    baseline: false,
    head: { epochs: 2 },
    ...changes,
  };
}

const mode = { kind: 'top', layers: 1 } as const;

describe('a run of fine-tuning', () => {
  it('measures the head first, and never ends with less than that', async () => {
    const tuning = { mode, epochs: 2, batchSize: 16, learningRate: 1e-3 };
    const outcome = await trainModel(requestIn('good', { tuning }));
    const history = outcome.tuning?.history ?? [];
    expect(history.map(({ step }) => step)).toEqual([0, 5, 9, 14, 18].slice(0, history.length));
    const figures = history.map(({ validationRocAuc }) => validationRocAuc ?? 0);
    expect(outcome.tuning?.best.validationRocAuc).toBe(Math.max(...figures));
    expect(
      [...(outcome.tuning?.weights.keys() ?? [])].every((name) => !name.startsWith('embeddings.')),
    ).toBe(true);
  });

  it('stops at a loss that is no number, naming the step, and keeps the state before', async () => {
    const tuning = { mode, epochs: 2, batchSize: 16, learningRate: 1e30, maxGradientNorm: 1e30 };
    const request = requestIn('bad', { tuning });
    await expect(trainModel(request)).rejects.toMatchObject({
      code: 'LOSS_NOT_FINITE',
      message: /the loss of step \d+ is not a finite number/,
    });
    expect(readdirSync(request.workFolder)).toContain('tuning-best.safetensors');
  });

  it('is refused before anything is encoded when the encoder has fewer layers', async () => {
    const phases = new Set<string>();
    const request = requestIn('deep', {
      tuning: { mode: { kind: 'top', layers: 9 } },
      onProgress: ({ phase }) => phases.add(phase),
    });
    await expect(trainModel(request)).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    expect(phases).not.toContain('encoding');
  });

  it.each([
    [[1], 'the head sees layer 1, and top:1 begins above layer 2'],
    [[0, -1], 'the head sees layer 0, and top:1 begins above layer 2'],
  ])('is refused so too when the head sees layers %j', async (layers, reason) => {
    const phases = new Set<string>();
    const request = requestIn('below', {
      features: [{ pooling: 'mean', layers }],
      tuning: { mode },
      onProgress: ({ phase }) => phases.add(phase),
    });
    const message = `tune is "top:1"; expected top:3 or more, full, or lora: ${reason}`;
    const refused = trainModel(request);
    await expect(refused).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    await expect(refused).rejects.toThrow(message);
    expect(phases).not.toContain('encoding');
  });
});
