// What a teacher is asked: every text once, and after an interruption only what is not kept yet.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSplitTable } from '../../../src/training/table-split.js';
import type { Teacher } from '../../../src/training/distillation/teacher.js';
import { scoreByTeacher, TaughtTables } from '../../../src/training/distillation/teacher-scores.js';

let workFolder = '';
beforeEach(() => {
  workFolder = mkdtempSync(join(tmpdir(), 'polytag-teacher-'));
});
afterEach(() => {
  rmSync(workFolder, { recursive: true, force: true });
});

/** Scores a text by its length; notes what it was asked, and dies after so many texts. */
class CountingTeacher implements Teacher {
  readonly name = 'counter';
  readonly labels = ['long', 'short'];
  readonly thresholds = [0.5, 0.25];
  asked = 0;
  isOpen = false;

  constructor(
    readonly contentKey: string,
    private readonly lasts = Infinity,
  ) {}

  async *score(texts: readonly string[], _?: AbortSignal, onScored?: (texts: number) => void) {
    this.isOpen = true;
    for (const text of texts) {
      await Promise.resolve();
      if (this.asked === this.lasts) throw new Error('no more');
      this.asked += 1;
      onScored?.(1);
      yield scoresOf(text);
    }
  }

  release(): Promise<void> {
    this.isOpen = false;
    return Promise.resolve();
  }
}

function scoresOf(text: string): Float32Array {
  const length = Math.min(1, text.length / 16);
  return Float32Array.of(length, 1 - length);
}

const texts = Array.from({ length: 2500 }, (_, at) => `text ${at}`);

describe('a teacher', () => {
  it('is asked once for a text, in order, and let go of', async () => {
    const teacher = new CountingTeacher('a');
    const told: number[] = [];
    const doubled = [...texts, ...texts];
    const onProgress = ({ done }: { done: number }): number => told.push(done);
    const scores = await scoreByTeacher({ workFolder, onProgress }, teacher, doubled);
    expect(teacher.asked).toBe(2500);
    expect(teacher.isOpen).toBe(false);
    expect([...scores]).toEqual(doubled.flatMap((text) => [...scoresOf(text)]));
    expect(told[0]).toBe(0);
    expect(told.at(-1)).toBe(5000);
    expect(told.every((done, at) => at === 0 || done >= told[at - 1])).toBe(true);
  });

  it('is asked after an interruption only for what is not kept', async () => {
    const mortal = new CountingTeacher('a', 2100);
    await expect(scoreByTeacher({ workFolder }, mortal, texts)).rejects.toThrow('no more');
    expect(mortal.isOpen).toBe(false);
    expect(existsSync(join(workFolder, 'teacher'))).toBe(true);
    const again = new CountingTeacher('a');
    const scores = await scoreByTeacher({ workFolder }, again, texts);
    expect(again.asked).toBe(2500 - 2048);
    expect([...scores]).toEqual(texts.flatMap((text) => [...scoresOf(text)]));
    const third = new CountingTeacher('a');
    await scoreByTeacher({ workFolder }, third, texts);
    expect(third.asked).toBe(0);
  });

  it('is asked anew where another one was', async () => {
    await scoreByTeacher({ workFolder }, new CountingTeacher('a'), texts.slice(0, 10));
    const other = new CountingTeacher('b');
    await scoreByTeacher({ workFolder }, other, texts.slice(0, 10));
    expect(other.asked).toBe(10);
  });
});

describe('the tables of a student', () => {
  const write = (name: string, text: string): string => {
    const path = join(workFolder, name);
    writeFileSync(path, text);
    return path;
  };

  it('get the decisions of the teacher where they have no labels', async () => {
    const table = write('table.csv', 'id,text\n1,short\n2,a text that is long\n3,middling\n');
    const teacher = new CountingTeacher('a');
    const tables = new TaughtTables({ workFolder }, teacher);
    const read = await tables.read(table, {});
    expect(read.labelNames).toEqual(['long', 'short']);
    expect([...read.labels.values]).toEqual([0, 1, 1, 0, 1, 1]);
    expect(read.warnings.join()).toContain("the teacher's decisions stand in for them");
    expect(tables.labelled).toEqual([false]);
  });

  it('keep the labels that they have, in the order of the teacher', async () => {
    const rows = Array.from(
      { length: 40 },
      (_, at) => `${at % 2},text ${at},${at % 4 === 0 ? 1 : ''}`,
    );
    const table = write('table.csv', `short,text,long\n${rows.join('\n')}\n`);
    const teacher = new CountingTeacher('a');
    const tables = new TaughtTables({ workFolder }, teacher);
    const split = await readSplitTable({ table, workFolder }, 1, tables.read);
    expect(split.labelNames).toEqual(['long', 'short']);
    expect([...split.labels.values.slice(0, 4)]).toEqual([1, 0, -1, 1]);
    expect(teacher.asked).toBe(0);
    expect(tables.labelled).toEqual([true]);
  });
});
