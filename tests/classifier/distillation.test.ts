// A student of a trained model: nearer to it by its probabilities than by labels, with labels in the table or without.
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MultiLabelClassifier, type TrainOptions, type TrainingProgress } from '../../src/index.js';
import { expectRefusal } from './support/refusal.js';
import { temporaryFolder } from './support/temporary-folder.js';

const root = temporaryFolder();
const teacherFolder = join(root, 'teacher');
const teacherTable = join(root, 'teacher.csv');
const labelled = join(root, 'labelled.csv');
const unlabelled = join(root, 'unlabelled.csv');
const held = join(root, 'held.csv');

const common: Omit<TrainOptions, 'table' | 'out'> = {
  encoder: resolve('tests/fixtures/tf-bert-tiny'),
  maxLength: 16,
  cache: false,
  baseline: false,
  workers: 1,
};

const words = [
  'good',
  'bad',
  'fine',
  'awful',
  'page',
  'talk',
  'you',
  'edit',
  'the',
  'and',
  'stupid',
  'thanks',
];

/** A text of a few words, and labels that they make likely, not certain: a teacher knows more than a label says. */
function makeRows(count: number, seed: number): { text: string; labels: [number, number] }[] {
  let state = seed;
  const draw = (): number => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  return Array.from({ length: count }, () => {
    const text = Array.from({ length: 5 }, () => words[Math.floor(draw() * words.length)]);
    const has = (word: string): number => (text.includes(word) ? 1 : 0);
    const rude = 0.1 + 0.35 * has('bad') + 0.4 * has('stupid');
    const kind = 0.15 + 0.3 * has('good') + 0.4 * has('thanks');
    return { text: text.join(' '), labels: [Number(draw() < rude), Number(draw() < kind)] };
  });
}

function writeRows(path: string, rows: ReturnType<typeof makeRows>, withLabels: boolean): void {
  const lines = rows.map(({ text, labels }) => (withLabels ? `${text},${labels.join()}` : text));
  writeFileSync(path, `${[withLabels ? 'text,rude,kind' : 'text', ...lines].join('\n')}\n`);
}

/** Mean difference of a model's scores from the teacher's, on texts that neither has seen. */
async function distance(model: MultiLabelClassifier, teacher: MultiLabelClassifier) {
  const texts = makeRows(200, 99).map(({ text }) => text);
  const [ours, theirs] = await Promise.all([model, teacher].map((one) => one.predictMatrix(texts)));
  const sum = ours.values.reduce(
    (total, score, at) => total + Math.abs(score - theirs.values[at]),
    0,
  );
  return sum / ours.values.length;
}

let teacher: MultiLabelClassifier;

beforeAll(async () => {
  writeRows(teacherTable, makeRows(400, 7), true);
  writeRows(labelled, makeRows(600, 57), true);
  writeRows(unlabelled, makeRows(600, 57), false);
  writeRows(held, makeRows(120, 21), true);
  teacher = await MultiLabelClassifier.train({
    ...common,
    table: teacherTable,
    out: teacherFolder,
    head: { epochs: 8, hiddenUnits: 16, dropout: 0.2, batchSize: 32, learningRate: 3e-3 },
  });
});
afterAll(() => teacher.close());

/** Of other rows than the teacher's. */
function student(name: string, changes: Partial<TrainOptions> = {}): Promise<MultiLabelClassifier> {
  return MultiLabelClassifier.train({
    ...common,
    table: labelled,
    out: join(root, name),
    head: {
      epochs: 15,
      patience: 15,
      hiddenUnits: 16,
      dropout: 0.2,
      batchSize: 16,
      learningRate: 3e-3,
      seed: 3,
    },
    ...changes,
  });
}

describe('a student', () => {
  it('comes nearer to its teacher by probabilities than by labels, and says how near', async () => {
    const soft = await student('soft', { teacher: { model: teacherFolder, hardShare: 0 } });
    const hard = await student('hard', { teacher: { model: teacherFolder, hardShare: 1 } });
    const plain = await student('plain');
    const [near, far, alone] = await Promise.all(
      [soft, hard, plain].map((model) => distance(model, teacher)),
    );
    expect(near).toBeLessThan(0.7 * far);
    expect(near).toBeLessThan(0.7 * alone);
    const { distillation } = soft.info;
    expect(distillation).toMatchObject({
      teacher: { name: 'teacher' },
      temperature: 1,
      hardShare: 0,
      judgedBy: 'labels',
    });
    expect(distillation?.comparison.meanDifference).toBeLessThan(
      hard.info.distillation?.comparison.meanDifference ?? 0,
    );
    expect(distillation?.comparison.agreement).toBeGreaterThan(0.5);
    expect(distillation?.comparison.teacherRocAuc).toBeGreaterThan(0.5);
    expect(plain.info.distillation).toBeUndefined();
    for (const model of [soft, hard, plain]) await model.close();
  });

  it('says in its card whose student it is', () => {
    const card = readFileSync(join(root, 'soft', 'README.md'), 'utf8');
    expect(card).toContain('## Teacher\nIt learnt from the probabilities of `teacher`');
    expect(card).toContain('| same decisions |');
    expect(readFileSync(join(root, 'plain', 'README.md'), 'utf8')).not.toContain('## Teacher');
  });

  it('learns at a temperature, with fine-tuning, from the same encoder', async () => {
    const before = readFileSync(join(teacherFolder, 'model.safetensors'));
    const model = await student('tuned', {
      teacher: { model: teacherFolder, hardShare: 0, temperature: 2 },
      tuning: { mode: { kind: 'top', layers: 1 }, epochs: 1, learningRate: 1e-3 },
    });
    const { tuning, distillation } = model.info;
    expect(tuning?.history.length).toBeGreaterThan(1);
    expect(distillation?.temperature).toBe(2);
    expect(await distance(model, teacher)).toBeLessThan(0.08);
    expect(readFileSync(join(teacherFolder, 'model.safetensors'))).toEqual(before);
    await model.close();
  });

  it('needs no labels: the teacher decides, and the record says so', async () => {
    const warnings: string[] = [];
    const model = await student('taught', {
      table: unlabelled,
      teacher: { model: teacherFolder },
      onWarning: (sentence) => warnings.push(sentence),
    });
    expect(model.labels).toEqual(['rude', 'kind']);
    expect(model.info.distillation).toMatchObject({
      hardShare: 0,
      judgedBy: 'teacher',
      comparison: { teacherRocAuc: 1 },
    });
    expect(warnings.join()).toContain("the teacher's decisions stand in for them");
    expect(await distance(model, teacher)).toBeLessThan(0.08);
    expect(readFileSync(join(root, 'taught', 'README.md'), 'utf8')).toContain(
      'The validation rows have no labels',
    );
    await model.close();
  });

  it('is judged by the labels of a validation table, where only that has some', async () => {
    const model = await student('judged', {
      table: unlabelled,
      validation: held,
      teacher: { model: teacherFolder },
    });
    const { distillation, validation } = model.info;
    expect(distillation?.judgedBy).toBe('labels');
    expect(distillation?.comparison.teacherRocAuc).toBeLessThan(1);
    expect(validation.rows).toBe(120);
    await model.close();
  });
});

describe('a run that resumes', () => {
  it('ends in the same bytes', async () => {
    const stopped = new AbortController();
    const options = { teacher: { model: teacherFolder }, signal: stopped.signal };
    const attempt = student('resumed', {
      ...options,
      onProgress: ({ phase }: TrainingProgress) => {
        if (phase === 'training') stopped.abort(new Error('enough'));
      },
    });
    await expect(attempt).rejects.toThrow('enough');
    const model = await student('resumed', { teacher: { model: teacherFolder }, resume: true });
    await model.close();
    const straight = await student('straight', { teacher: { model: teacherFolder } });
    await straight.close();
    for (const file of ['model.safetensors', 'polytag.json', 'curves.svg']) {
      expect(readFileSync(join(root, 'resumed', file))).toEqual(
        readFileSync(join(root, 'straight', file)),
      );
    }
  });

  it('refuses what another teacher began', async () => {
    const stopped = new AbortController();
    const attempt = student('swapped', {
      teacher: { model: teacherFolder },
      signal: stopped.signal,
      onProgress: ({ phase, done }: TrainingProgress) => {
        if (phase === 'training' && done === 2) stopped.abort(new Error('enough'));
      },
    });
    await expect(attempt).rejects.toThrow('enough');
    const other = student('swapped', { teacher: { model: join(root, 'plain') }, resume: true });
    await expectRefusal(other, 'CHECKPOINT_FOREIGN', 'teacher');
  });
});

describe('what makes no student', () => {
  it.each<[string, Partial<TrainOptions>, string]>([
    ['a temperature of 0', { teacher: { model: teacherFolder, temperature: 0 } }, 'temperature'],
    ['a share above 1', { teacher: { model: teacherFolder, hardShare: 1.5 } }, 'hardShare'],
    [
      'a loss that takes no probabilities',
      {
        teacher: { model: teacherFolder },
        head: { loss: { kind: 'focal', alpha: 0.1, gamma: 2 } },
      },
      'focal',
    ],
  ])('is refused: %s', async (_, changes, part) => {
    await expectRefusal(student('none', changes), 'OPTION_INVALID', part);
  });

  it('is refused: a table with some of the labels only', async () => {
    const partly = join(root, 'partly.csv');
    writeFileSync(partly, 'text,rude\nyou are bad,1\nthanks,0\n');
    const attempt = student('none', { table: partly, teacher: { model: teacherFolder } });
    await expectRefusal(attempt, 'LABELS_MISSING', 'kind');
  });

  it('is refused: a teacher that is no trained model', async () => {
    const attempt = student('none', { teacher: { model: resolve('tests/fixtures/tf-bert-tiny') } });
    await expectRefusal(attempt, 'CLASSIFIER_MISSING');
  });
});
