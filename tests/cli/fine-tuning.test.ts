// polytag train --tune from end to end: every mode, a plan of its own, and runs that are killed and resumed.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { createFolder, type Ending, runPolytag } from './run-polytag.js';
import { commentTable } from './tables.js';

const encoder = fileURLToPath(new URL('../fixtures/tf-bert-tiny', import.meta.url));
const folder = createFolder();
const short = ['--encoder', encoder, '--max-length', '20', '--epochs', '2', '--no-baseline'];
const steps = ['--tune-epochs', '1.5', '--tune-batch-size', '8', '--tune-learning-rate', '1e-3'];

function run(...words: string[]): Promise<Ending> {
  return runPolytag(words, { folder });
}

interface Record {
  readonly tuning?: {
    readonly settings: { readonly mode: { readonly kind: string }; readonly epochs: number };
    readonly history: readonly { readonly step: number; readonly validationRocAuc: number }[];
    readonly bestStep: number;
  };
  readonly files: readonly { readonly path: string; readonly sha256: string }[];
}

function recordOf(model: string): Record {
  return JSON.parse(readFileSync(join(folder, model, 'polytag.json'), 'utf8')) as Record;
}

beforeAll(() => {
  writeFileSync(join(folder, 'comments.csv'), commentTable(200));
});

describe('fine-tuning', () => {
  it.each(['top:1', 'lora', 'full'])(
    '%s trains a model that scores and says how it came to be',
    async (tune) => {
      const out = tune.replace(':', '-');
      const command = ['train', 'comments.csv', '--out', out, ...short, '--tune', tune, ...steps];
      const { code, stderr } = await run(...command);
      expect(code, stderr).toBe(0);
      expect(stderr).toContain('fine-tuning');
      const { tuning } = recordOf(out);
      expect(tuning?.settings.mode.kind).toBe(tune.split(':')[0]);
      const last = tuning?.history.at(-1);
      // 180 rows in batches of 8, one epoch and a half.
      expect(last?.step).toBe(35);
      expect(last?.validationRocAuc).toBeGreaterThan(0.5);
      const scored = await run('predict', out, '--text', 'shit you are now', '--json');
      expect(scored.code).toBe(0);
      expect(scored.stdout).toContain('toxic');
      // Nothing of the run is left beside the model.
      expect(existsSync(join(folder, `${out}.training`))).toBe(false);
    },
  );

  it('ends in the same bytes when it is killed on the way and resumed', async () => {
    const words = [...short, '--tune', 'top:1', ...steps, '--validations', '6', '--quiet'];
    await run('train', 'comments.csv', '--out', 'straight', ...words);
    const command = ['train', 'comments.csv', '--out', 'killed', ...words];
    const work = join(folder, 'killed.training');
    for (let kill = 0; kill < 3; kill += 1) {
      const ending = await runPolytag([...command, ...(kill === 0 ? [] : ['--resume'])], {
        folder,
        onStart: (child) => {
          const watch = setInterval(() => {
            const isTuning = existsSync(join(work, 'tuning-best.safetensors'));
            if (!isTuning && child.exitCode === null) return;
            clearInterval(watch);
            // A little further each time: between checkpoints, and in the midst of one.
            setTimeout(() => child.kill('SIGKILL'), 15 * (kill + 1));
          }, 2);
        },
      });
      if (ending.code === 0) break;
    }
    if (existsSync(work)) {
      const { code, stderr } = await run(...command, '--resume');
      expect(code, stderr).toBe(0);
    }
    expect(recordOf('killed').files).toEqual(recordOf('straight').files);
    expect(recordOf('killed').tuning).toEqual(recordOf('straight').tuning);
  });

  it('goes on after an interruption, and refuses to with other settings', async () => {
    const words = [...short, '--tune', 'full', ...steps, '--validations', '6'];
    const command = ['train', 'comments.csv', '--out', 'stopped', ...words];
    const work = join(folder, 'stopped.training');
    const stopped = await runPolytag(command, {
      folder,
      onStart: (child) => {
        const watch = setInterval(() => {
          if (!existsSync(join(work, 'tuning-best.safetensors')) && child.exitCode === null) return;
          clearInterval(watch);
          child.kill('SIGINT');
        }, 2);
      },
    });
    expect(stopped.code, stopped.stderr).toBe(130);
    expect(stopped.stderr).toContain('--resume');
    const other = await run(...command, '--resume', '--warmup', '0.5');
    expect(other.code).toBe(1);
    expect(other.stderr).toMatch(/is the checkpoint of another run: tuning differ/);
    const { code, stderr } = await run(...command, '--resume');
    expect(code, stderr).toBe(0);
  });

  it('plans itself within a budget, and says what it chose', async () => {
    const auto = ['--tune', 'auto', '--budget', '1m'];
    writeFileSync(join(folder, 'more.csv'), commentTable(300));
    const { code, stderr } = await run('train', 'more.csv', '--out', 'auto', ...short, ...auto);
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(
      /plan: within 1 min[^:]*: --tune full --max-length 20 .*, about encoding/,
    );
    const again = /the same again with (--tune full .*--tune-epochs [\d.]+)$/m.exec(stderr);
    expect(recordOf('auto').tuning?.settings).toMatchObject({ mode: { kind: 'full' } });
    // The flags that it names give the same model, whatever the clock says.
    const pinned = [...short, ...(again?.[1] ?? '').split(' ')];
    await run('train', 'more.csv', '--out', 'pinned', ...pinned);
    expect(recordOf('pinned').tuning).toEqual(recordOf('auto').tuning);
    const poor = ['--budget', '1s'];
    const head = await run('train', 'more.csv', '--out', 'poor', ...short, ...poor);
    expect(head.code, head.stderr).toBe(0);
    expect(head.stderr).toContain('time for the head alone');
    expect(recordOf('poor').tuning).toBeUndefined();
  });

  it('goes on by the plan that it has settled when it is killed, however little time it is given then', async () => {
    writeFileSync(join(folder, 'more.csv'), commentTable(300));
    const command = ['train', 'more.csv', '--out', 'planned', ...short, '--tune', 'auto'];
    const work = join(folder, 'planned.training');
    const killed = await runPolytag([...command, '--budget', '1m'], {
      folder,
      onStart: (child) => {
        const watch = setInterval(() => {
          const isTuning = existsSync(join(work, 'tuning-best.safetensors'));
          if (!isTuning && child.exitCode === null) return;
          clearInterval(watch);
          child.kill('SIGKILL');
        }, 2);
      },
    });
    expect(killed.code).toBeNull();
    const kept = readFileSync(join(work, 'plan.json'), 'utf8');
    const plan = JSON.parse(kept) as { readonly settings: object; readonly stepSeconds: number };
    expect(plan.stepSeconds).toBeGreaterThan(0);
    const settled = /the same again with .*$/m.exec(killed.stderr)?.[0] ?? 'none';
    // A run that planned anew would have time for the head alone.
    const resumed = await run(...command, '--budget', '1s', '--resume');
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(resumed.stderr).toContain(settled);
    expect(recordOf('planned').tuning?.settings).toEqual(plan.settings);
  });

  it('leaves the encoder as it is, and says why, where nothing is said and no plan can be made', async () => {
    const few = await run('train', 'comments.csv', '--out', 'few', ...short);
    expect(few.code, few.stderr).toBe(0);
    expect(few.stderr).toContain('the rows are too few');
    const recipe = await run('train', 'comments.csv', '--out', 'old', ...short, '--recipe', '2019');
    expect(recipe.code, recipe.stderr).toBe(0);
    expect(recipe.stderr).toContain('the recipe of 2019 leaves the encoder as it is');
    expect(recordOf('old').tuning).toBeUndefined();
  });

  it.each([
    [['--tune', 'top:9'], 2, /tune is "top:9"; expected 1 to \d layers/],
    [['--layers', '2', '--tune', 'top:1'], 2, /tune is "top:1"; .* the head sees layer 2/],
    [['--tune', 'topmost'], 2, /Expected head, top:K .*, lora, full or auto/],
    [['--tune', 'head', '--budget', '5m'], 2, /--budget has an effect with --tune auto only/],
    [['--tune', 'auto', '--budget', 'soon'], 2, /Expected a time such as 90s, 10m or 1.5h/],
    [['--tune', 'auto', '--folds', '3'], 2, /--tune auto plans one plain training/],
  ])('%j ends with %i and a sentence', async (words, expected, sentence) => {
    const { code, stderr } = await run(
      'train',
      'comments.csv',
      '--out',
      'never',
      ...short,
      ...words,
    );
    expect(code, stderr).toBe(expected);
    expect(stderr.replace(/\s+/g, ' ')).toMatch(sentence);
    expect(existsSync(join(folder, 'never'))).toBe(false);
  });
});
