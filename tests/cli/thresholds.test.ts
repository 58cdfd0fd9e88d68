// polytag thresholds: figures for goals, thresholds by hand, what --write stores, and tables without labels.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { writeModelFolder } from '../../src/classifier/model-folder.js';
import { formatProposals } from '../../src/cli/terminal/thresholds.js';
import type { ThresholdProposal } from '../../src/index.js';
import { randomOutcome } from '../classifier/support/random-outcome.js';
import { createFolder, type Ending, runPolytag } from './run-polytag.js';
import { commentTable } from './tables.js';
import { Recorder } from './terminal/recorder.js';

const encoder = fileURLToPath(new URL('../fixtures/tf-bert-tiny', import.meta.url));
const folder = createFolder();

beforeAll(async () => {
  const outcome = await randomOutcome({
    folder: encoder,
    hiddenSize: 32,
    labelNames: ['toxic', 'thanks'],
  });
  const values = Float32Array.from({ length: 80 }, (_, cell) => (cell % 40) / 40);
  const scores = { rows: 40, columns: 2, values };
  // The first label goes with its score; the second is nowhere true.
  const labels = {
    rows: 40,
    columns: 2,
    values: Int8Array.from(values, (score, cell) => (cell % 2 === 0 && score >= 0.6 ? 1 : 0)),
  };
  await writeModelFolder(join(folder, 'model'), {
    ...outcome,
    validationScores: { labels, scores },
  });
  await writeModelFolder(join(folder, 'old'), outcome);
  writeFileSync(join(folder, 'comments.csv'), commentTable(40));
  const texts = Array.from({ length: 50 }, (_, at) => `"the page ${at}, edit it ${at * 7}"`);
  writeFileSync(join(folder, 'logged.csv'), `comment_text\n${texts.join('\n')}\n`);
});

function run(...words: string[]): Promise<Ending> {
  return runPolytag(['thresholds', ...words], { folder });
}

interface Answer {
  readonly proposals: readonly ThresholdProposal[];
  readonly written: boolean;
  readonly version: number;
}

async function answer(...words: string[]): Promise<Answer> {
  const { code, stdout, stderr } = await run(...words, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Answer;
}

describe('polytag thresholds', () => {
  it('chooses on the validation scores, says what cannot be reached, and changes nothing', async () => {
    const { code, stdout, stderr } = await run('model', '--goal', 'precision=.9');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    expect(lines[1]).toMatch(/^label +threshold +precision +recall +F1 +flagged +threshold/);
    expect(lines[2]).toMatch(
      /^toxic .* 0\.5750 +1\.000 +1\.000 +1\.000 +40\.00 % +0\.\d{3}–1\.000/,
    );
    expect(lines[3]).toMatch(/^thanks .* – +–/);
    expect(lines.slice(-2)).toEqual([
      'thanks keeps its threshold: no row has the label',
      'Nothing was changed; --write stores what was chosen.',
    ]);
    expect(stdout).not.toContain('\x1b');
  });

  it('stores with --write: versions count, and the history says why', async () => {
    const first = await answer('model', '--goal', 'recall=.5', '--label', 'thanks=.25', '--write');
    expect(first).toMatchObject({ written: true, version: 2 });
    expect(first.proposals[1].proposed?.threshold).toBe(0.25);
    const second = await answer('model', '--label', 'toxic=0.5', '--write');
    expect(second).toMatchObject({ written: true, version: 3 });
    expect(second.proposals[0].old.threshold).toBe(first.proposals[0].proposed?.threshold);
    expect(second.proposals[1].old.threshold).toBe(0.25);
    const { history } = JSON.parse(readFileSync(join(folder, 'model/serving.json'), 'utf8')) as {
      history: { version: number; reason: string; values: number[] }[];
    };
    expect(history.map(({ version, reason }) => [version, reason])).toEqual([
      [2, 'polytag thresholds; recall=0.5 on the validation rows; by hand thanks=0.25'],
      [3, 'polytag thresholds; by hand toxic=0.5'],
    ]);
    expect(history[1].values).toEqual([0.5, 0.25]);
  });

  it('chooses on a labelled table, and on one without labels how often texts are flagged', async () => {
    const labelled = await answer('old', 'comments.csv', '--goal', 'f2');
    expect(labelled.proposals[0].proposed?.recall?.value).toBeGreaterThan(0);
    const flagged = await answer('old', 'logged.csv', '--goal', 'rate=.1');
    for (const { proposed, old } of flagged.proposals) {
      expect(old.precision).toBeNull();
      expect(proposed?.flagRate?.value).toBeLessThanOrEqual(0.1);
      expect(proposed?.flagRate?.value).toBeGreaterThan(0);
    }
    const { code, stderr } = await run('old', 'logged.csv', '--goal', 'f1');
    expect(code).toBe(1);
    expect(stderr).toMatch(/toxic/);
  });

  it('sets thresholds by hand where no scores are kept, but chooses none there', async () => {
    const { code, stdout } = await run('old', '--label', 'thanks=.125', '--write');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^thanks .* 0\.1250 +– +– +– +–/m);
    expect(stdout).toMatch(/Stored as version 2\.\n$/);
    const goal = await run('old', '--goal', 'f1');
    expect(goal).toMatchObject({ code: 2, stdout: '' });
    expect(goal.stderr).toContain('keeps no scores of its validation rows');
  });

  it('refuses what it cannot do', async () => {
    const endings = await Promise.all([
      run('model'),
      run('model', '--goal', 'precision=90'),
      run('model', '--label', 'toxic=2'),
      run('model.zip', '--goal', 'f1', '--write'),
      run('model', '--label', 'kind=.5'),
    ]);
    const said = [
      'give --goal or --label',
      'a share from 0 to 1',
      'LABEL=THRESHOLD',
      'unpack',
      '"kind"',
    ];
    endings.forEach(({ code, stdout, stderr }, at) => {
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain(said[at]);
    });
  });
});

describe('proposals on a terminal', () => {
  beforeEach(() => {
    vi.stubEnv('FORCE_COLOR', undefined);
    vi.stubEnv('NO_COLOR', undefined);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  const figures = { threshold: 0.5, flagRate: null, precision: null, recall: null, f1: null };
  const proposals = ['a\x1b[1m', 'b', 'c'].map((label, at) => ({
    label,
    old: figures,
    proposed: undefined,
    reason: at < 2 ? 'no row has the label' : 'every row has the label',
  }));

  it('have bold headings where those are shown, and labels that steer nothing', () => {
    const shown = (isTerminal: boolean) =>
      formatProposals(proposals, {
        written: undefined,
        hasGoal: true,
        stream: new Recorder(isTerminal),
      });
    expect(shown(true)).toMatch(/^\x1b\[1m +now/);
    expect(shown(false)).not.toContain('\x1b');
    expect(shown(false).split('\n').slice(-3)).toEqual([
      'a\ufffd[1m, b keep their thresholds: no row has the label',
      'c keeps its threshold: every row has the label',
      'Nothing was changed.',
    ]);
  });
});
