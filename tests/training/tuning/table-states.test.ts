// One pass for features and states: what it makes, what it leaves out, and what a killed one costs.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { Encoder } from '../../../src/bert/index.js';
import { findDistinctTexts } from '../../../src/training/distinct-texts.js';
import { encodeTable } from '../../../src/training/encoded-table.js';
import type { TrainingProgress } from '../../../src/training/index.js';
import { LayerStates } from '../../../src/training/tuning/layer-states.js';
import { toFloat32 } from '../../../src/weights/index.js';
import { tinyEncoder } from '../support/small-tables.js';

const root = mkdtempSync(join(tmpdir(), 'polytag-states-'));
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

const words = ['the', 'article', 'and', 'page', 'edit', 'source', 'history'];
const texts = Array.from({ length: 1100 }, (_, row) =>
  Array.from({ length: (row % 13) + 1 }, (_, at) => words[(row * 3 + at * 5) % 7]).join(' '),
);
// Some texts are there twice; those of the first segment and one of the second.
texts[1090] = texts[3];

const wanted = { layer: 1, dataSha256: 'of these texts' };
let folder = '';
let runs = 0;

beforeEach(() => {
  runs += 1;
  folder = join(root, `run-${runs}`);
  mkdirSync(folder);
});

function requestWith(
  cache: string | false,
  phases: TrainingProgress[] = [],
): {
  table: string;
  encoder: string;
  maxLength: number;
  workFolder: string;
  cache: string | false;
  onProgress: (progress: TrainingProgress) => void;
} {
  const onProgress = (progress: TrainingProgress): void => void phases.push(progress);
  const request = { table: 'unread', encoder: tinyEncoder, maxLength: 12, workFolder: folder };
  return { ...request, cache, onProgress };
}

function statesFile(): string {
  const name = readdirSync(folder).find((file) => file.endsWith('.states'));
  if (name === undefined) throw new Error('no states were written');
  return join(folder, name);
}

describe('features and states of one pass', () => {
  it('are those of two passes', async () => {
    const { features } = await encodeTable(requestWith(false), texts, wanted);
    expect(features).toEqual((await encodeTable(requestWith(false), texts)).features);
    const below = { features: [{ pooling: 'none', layers: [1] }], maxLength: 12 } as const;
    const encoder = await Encoder.load(tinyEncoder, below);
    const { textOfRow } = findDistinctTexts(texts);
    const states = await LayerStates.open(statesFile(), encoder.width, textOfRow);
    for (const row of [0, 3, 500, 1090, 1099]) {
      const { data } = await encoder.encode([texts[row]]);
      const length = states.lengths[row];
      const halves = await states.read(Int32Array.of(states.starts[row]), length);
      const read = toFloat32({ type: 'float16', shape: [halves.length], data: halves });
      // One part in 2,048, and what batches of other sizes change.
      data.forEach((value, at) => {
        expect(Math.abs((read?.data[at] ?? 0) - value)).toBeLessThan(Math.abs(value) / 2000 + 1e-5);
      });
    }
    await states.close();
    await encoder.close();
    expect(readdirSync(folder)).toHaveLength(1);
  });

  it('run only the layers below where the cache has the features, to the same bytes', async () => {
    const cache = join(root, 'cache');
    const first = await encodeTable(requestWith(cache), texts, wanted);
    const bytes = readFileSync(statesFile());
    rmSync(statesFile());
    const phases: TrainingProgress[] = [];
    const second = await encodeTable(requestWith(cache, phases), texts, wanted);
    expect(readFileSync(statesFile()).equals(bytes)).toBe(true);
    expect(second.features).toEqual(first.features);
    expect(second.truncated).toBe(first.truncated);
    expect(new Set(phases.map(({ phase }) => phase))).toEqual(new Set(['layer-states']));
    expect(phases.at(-1)).toMatchObject({ done: 1100, total: 1100 });
    expect(phases[0].note).toMatch(/^\d+ MB on disk until the run ends$/);
  });

  it('take up features that a killed run has left, to the same bytes', async () => {
    const straight = await encodeTable(requestWith(false), texts, wanted);
    const bytes = readFileSync(statesFile());
    rmSync(statesFile());
    const cache = join(root, 'killed-cache');
    const killed = new AbortController();
    const request = requestWith(cache);
    const stopping = {
      ...request,
      signal: killed.signal,
      onProgress: ({ done }: TrainingProgress) => {
        if (done > 1060) killed.abort(new Error('stopped on the way'));
      },
    };
    await expect(encodeTable(stopping, texts, wanted)).rejects.toThrow('stopped on the way');
    expect(readdirSync(folder)).toEqual([]);
    const resumed = await encodeTable(request, texts, wanted);
    expect(resumed.features).toEqual(straight.features);
    expect(readFileSync(statesFile()).equals(bytes)).toBe(true);
  });
});
