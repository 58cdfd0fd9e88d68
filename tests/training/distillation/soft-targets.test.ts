// Targets from a teacher: the loss that they make is the one of the paper, at any temperature and share of hard labels.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GraphBuilder, gradients, tensorOf } from '../../../src/graph/index.js';
import { mixTargets } from '../../../src/training/distillation/soft-targets.js';
import type { DistillationSettings } from '../../../src/training/distillation/teacher.js';
import { multiLabelLoss, type TrainingLoss } from '../../../src/training/losses.js';
import { labelsToFloats, measureBaseRates } from '../../../src/training/training-labels.js';
import { runGraph } from '../../graph/run-graph.js';

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));
const logit = (p: number): number => Math.log(p / (1 - p));
const crossEntropy = (z: number, target: number): number =>
  -target * Math.log(sigmoid(z)) - (1 - target) * Math.log(1 - sigmoid(z));

async function lossAndGradient(
  logits: readonly number[],
  targets: Float32Array,
  loss: TrainingLoss,
  baseRates: readonly number[],
): Promise<{ loss: number; gradient: number[] }> {
  const shape = [logits.length / 2, 2];
  const graph = new GraphBuilder();
  const input = graph.input('logits', 'float64', shape);
  const constant = (values: Iterable<number>) =>
    graph.constant(tensorOf('float64', shape, [...values]));
  const known = constant(logits.map(() => 1));
  const value = multiLabelLoss(input, constant(targets), known, loss, baseRates);
  graph.output('loss', value);
  graph.output('gradient', gradients(value, [input])[0]);
  const outputs = await runGraph(graph, { logits: tensorOf('float64', shape, [...logits]) });
  return { loss: outputs.loss.values[0], gradient: outputs.gradient.values };
}

const scores = Float32Array.of(0.9, 0.02, 0.4, 0.6);
const labels = { rows: 2, columns: 2, values: Int8Array.of(1, 0, -1, 0) };
const logits = [1.5, -2, 0.3, 0.8];

describe('mixed targets', () => {
  it.each<DistillationSettings>([
    { temperature: 1, hardShare: 0 },
    { temperature: 1, hardShare: 0.3 },
    { temperature: 2.5, hardShare: 0 },
    { temperature: 4, hardShare: 0.3 },
    { temperature: 0.5, hardShare: 1 },
  ])('make the loss of Hinton et al.: %j', async (settings) => {
    const { temperature, hardShare } = settings;
    const soft = mixTargets('key', scores, labels, settings);
    const found = await lossAndGradient(
      logits,
      soft.values,
      { kind: 'bce', distillation: soft },
      [0.5, 0.5],
    );
    const expected = logits.map((z, cell) => {
      const target = sigmoid(logit(scores[cell]) / temperature);
      // What the table does not know, the teacher says.
      const hard = labels.values[cell] < 0 ? scores[cell] : labels.values[cell];
      const warm = temperature ** 2 * crossEntropy(z / temperature, target);
      return (1 - hardShare) * warm + hardShare * crossEntropy(z, hard);
    });
    const mean = expected.reduce((sum, loss) => sum + loss, 0) / expected.length;
    expect(found.loss).toBeCloseTo(mean, 5);
  });

  it('have no gradient where the student says what the teacher says', async () => {
    const score = fc.double({ min: 0.001, max: 0.999, noNaN: true });
    await fc.assert(
      fc.asyncProperty(
        fc.array(score, { minLength: 2, maxLength: 2 }),
        fc.double({ min: 0.5, max: 10, noNaN: true }),
        fc.constantFrom('bce' as const, 'normalized' as const),
        async (drawn, temperature, kind) => {
          const teacher = Float32Array.from(drawn);
          const soft = mixTargets('key', teacher, null, { temperature, hardShare: 0.7 });
          const same = Array.from(teacher, logit);
          const loss = { kind, distillation: soft };
          const { gradient } = await lossAndGradient(same, soft.values, loss, [0.1, 0.4]);
          for (const slope of gradient) expect(Math.abs(slope)).toBeLessThan(1e-4);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('weigh labels by the entropy of what is learnt, where the loss does so', async () => {
    const soft = mixTargets('key', scores, null, { temperature: 1, hardShare: 0 });
    const rates = measureBaseRates(labels, Int32Array.of(0, 1), soft);
    expect(rates[0]).toBeCloseTo((0.9 + 0.4 + 1) / 4, 6);
    expect(rates[1]).toBeCloseTo((0.02 + 0.6 + 1) / 4, 6);
    const loss = { kind: 'normalized', distillation: soft } as const;
    const found = await lossAndGradient(logits, soft.values, loss, rates);
    const entropy = (rate: number): number => crossEntropy(logit(rate), rate);
    const expected = logits.map(
      (z, cell) => crossEntropy(z, scores[cell]) / entropy(rates[cell % 2]),
    );
    expect(found.loss).toBeCloseTo(expected.reduce((sum, cell) => sum + cell) / 4, 5);
  });

  it('leave no cell unknown, and take nothing from labels that are not there', () => {
    const soft = mixTargets('key', scores, null, { temperature: 1, hardShare: 0.5 });
    expect(soft.hardShare).toBe(0);
    expect([...soft.values]).toEqual([...scores]);
    const { targets, known } = labelsToFloats(labels, soft);
    expect([...targets]).toEqual([...scores]);
    expect([...known]).toEqual([1, 1, 1, 1]);
  });

  it('stand teachers that are certain', () => {
    const certain = Float32Array.of(0, 1);
    const soft = mixTargets('key', certain, null, { temperature: 3, hardShare: 0 });
    expect(soft.values.every(Number.isFinite)).toBe(true);
  });
});
