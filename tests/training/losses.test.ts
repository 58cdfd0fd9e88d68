// Losses and their gradients against PyTorch's, in float64.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { GraphBuilder, gradients, tensorOf } from '../../src/graph/index.js';
import { multiLabelLoss } from '../../src/training/losses.js';
import type { LossSettings } from '../../src/training/settings.js';
import { runGraph } from '../graph/run-graph.js';

interface Fixture {
  readonly logits: readonly number[][];
  readonly targets: readonly number[][];
  readonly known: readonly number[][];
  readonly baseRates: readonly number[];
  readonly cases: readonly {
    readonly name: string;
    readonly settings: LossSettings;
    readonly loss: number;
    readonly gradient: readonly number[][];
  }[];
}

const fixture = JSON.parse(
  readFileSync(new URL('../fixtures/training/losses.json', import.meta.url), 'utf8'),
) as Fixture;
const shape = [fixture.logits.length, fixture.logits[0].length];

async function lossAndGradient(
  settings: LossSettings,
  known = fixture.known,
): Promise<{ loss: number; gradient: number[] }> {
  const graph = new GraphBuilder();
  const logits = graph.input('logits', 'float64', shape);
  const targets = graph.constant(tensorOf('float64', shape, fixture.targets.flat()));
  const mask = graph.constant(tensorOf('float64', shape, known.flat()));
  const loss = multiLabelLoss(logits, targets, mask, settings, fixture.baseRates);
  graph.output('loss', loss);
  graph.output('gradient', gradients(loss, [logits])[0]);
  const outputs = await runGraph(graph, {
    logits: tensorOf('float64', shape, fixture.logits.flat()),
  });
  return { loss: outputs.loss.values[0], gradient: outputs.gradient.values };
}

describe('multiLabelLoss', () => {
  it.each(fixture.cases)('agrees with PyTorch: $name', async ({ settings, loss, gradient }) => {
    const ours = await lossAndGradient(settings);
    expect(ours.loss).toBeCloseTo(loss, 10);
    gradient.flat().forEach((expected, cell) => {
      expect(ours.gradient[cell]).toBeCloseTo(expected, 10);
    });
  });

  it.each(fixture.cases)('gives unknown cells no gradient: $name', async ({ settings }) => {
    const { gradient } = await lossAndGradient(settings);
    const unknown = gradient.filter((_, cell) => fixture.known.flat()[cell] === 0);
    expect(unknown.length).toBeGreaterThan(0);
    expect(unknown.every((value) => value === 0)).toBe(true);
  });

  it('is 0, not NaN, where nothing is known', async () => {
    const nothing = fixture.known.map((row) => row.map(() => 0));
    const { loss, gradient } = await lossAndGradient({ kind: 'bce' }, nothing);
    expect(loss).toBe(0);
    expect(gradient.every((value) => value === 0)).toBe(true);
  });
});
