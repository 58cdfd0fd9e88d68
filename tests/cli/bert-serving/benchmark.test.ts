// bert-serving-benchmark: its experiments, its tables, and its words.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { experimentsOf, resultText } from '../../../src/cli/bert-serving/benchmark-experiments.js';
import { benchmarkFlags } from '../../../src/cli/bert-serving/benchmark-flags.js';
import { makeTexts, readVocabularyWords } from '../../../src/cli/bert-serving/benchmark-texts.js';
import { parseFlags } from '../../../src/cli/bert-serving/flags/flag-parser.js';
import { createFolder, runServing, tinyBert } from './run-serving.js';

function experiments(...words: string[]) {
  const parsed = parseFlags(benchmarkFlags, ['-model_dir', 'm', ...words]);
  if (parsed.kind !== 'values') throw new Error(`got ${parsed.kind}`);
  return experimentsOf(parsed.values);
}

describe('the experiments', () => {
  it('are those of bert-as-service, in its order', () => {
    const shown = experiments().map(({ name, settings }) => [
      name,
      settings.map((each) => each.shown),
    ]);
    expect(shown).toEqual([
      ['client_batch_size', [1, 16, 256, 4096]],
      ['max_batch_size', [8, 32, 128, 512]],
      ['max_seq_len', [32, 64, 128, 256]],
      ['num_client', [1, 4, 16, 64]],
      ['pooling_layer', Array.from({ length: 12 }, (_, layer) => [-layer - 1])],
    ]);
  });

  it('vary one flag at a time, and leave out what has no values', () => {
    const [layers, ...others] = experiments(
      ...['client_batch_size', 'max_batch_size', 'max_seq_len', 'num_client'].map(
        (name) => `-test_${name}`,
      ),
      ...['-test_pooling_layer', '-1', '0', '-client_batch_size', '7'],
    );
    expect(others).toEqual([]);
    expect(layers.settings.map(({ values }) => values.pooling_layer)).toEqual([[-1], [0]]);
    expect(layers.settings[0].values).toMatchObject({ client_batch_size: 7, max_seq_len: 25 });
  });

  it('give tables and lists as bert-as-service wrote them', () => {
    const text = resultText('pooling_layer', [
      { shown: [-1], speed: 120 },
      { shown: [-2], speed: null },
      { shown: [-3], speed: 130 },
    ]);
    expect(text).toBe(
      '\n|`pooling_layer`\t|samples/s|\n|---|---|\n|[-1]\t|120|\n|[-2]\t|refused|\n|[-3]\t|130|\n' +
        '\npooling_layer = [[-1], [-3]]\nspeed = [120, 130]\n',
    );
  });
});

describe('the texts', () => {
  it('are of the words of a file, the same for the same seed', async () => {
    const folder = createFolder();
    const file = join(folder, 'words.txt');
    writeFileSync(file, 'one two\n three  two\n');
    const { words } = await readVocabularyWords(file, true);
    expect(words).toEqual(['one', 'two', 'three']);
    const texts = makeTexts(words, { texts: 50, words: 4, seed: 1 });
    expect(texts).toHaveLength(50);
    for (const text of texts) expect(text).toMatch(/^(?:(?:one|two|three)(?: |$)){4}$/);
    expect(makeTexts(words, { texts: 50, words: 4, seed: 1 })).toEqual(texts);
    expect(makeTexts(words, { texts: 50, words: 4, seed: 2 })).not.toEqual(texts);
  });

  it("fall back to polytag's README only when nobody named the file", async () => {
    const missing = join(createFolder(), 'README.md');
    const { words, file } = await readVocabularyWords(missing, false);
    expect(file).toMatch(/README\.md$/);
    expect(words).toContain('BERT');
    await expect(readVocabularyWords(missing, true)).rejects.toMatchObject({
      code: 'FILE_MISSING',
    });
    const empty = join(createFolder(), 'empty.txt');
    writeFileSync(empty, ' \n');
    await expect(readVocabularyWords(empty, true)).rejects.toThrow('it has no words');
  });
});

describe('bert-serving-benchmark', () => {
  it('measures, prints tables, and adds them to a file', async () => {
    const folder = createFolder();
    const settings = '-test_client_batch_size 1 4 -test_max_batch_size -test_max_seq_len 8 64';
    const rest = '-test_num_client 2 -test_pooling_layer -client_batch_size 4 -num_repeat 3';
    const words = `-model_dir ${tinyBert} -num_worker=1 ${settings} ${rest}`.split(' ');
    const { code, stdout, stderr } = await runServing('benchmark', words, folder).ended;
    expect(code).toBe(0);
    expect(stderr).toContain('there is no README.md here; words are from ');
    expect(stderr).toMatch(
      /max_seq_len 64: no server: -max_seq_len 64 does not suit .* 48 positions/,
    );
    expect(stdout).toMatch(/^vocabulary size: \d+\n/);
    expect(stdout.match(/^avg speed: \d+\tmax speed: \d+\tmin speed: \d+$/gm)).toHaveLength(4);
    const written = readFileSync(join(folder, 'benchmark-1.result'), 'utf8');
    expect(written).toMatch(
      /^\n\|`client_batch_size`\t\|samples\/s\|\n\|---\|---\|\n\|1\t\|\d+\|\n\|4\t\|\d+\|\n\nclient_batch_size = \[1, 4\]\nspeed = \[\d+, \d+\]\n/,
    );
    expect(written).toMatch(/^\|64\t\|refused\|\n\nmax_seq_len = \[8\]\nspeed = \[\d+\]$/m);
    expect(written).toMatch(/^\|`num_client`\t\|samples\/s\|\n\|---\|---\|\n\|2\t\|\d+\|$/m);
    for (const table of written.trim().split(/\n\n(?=\|`)/)) expect(stdout).toContain(table);
  });
});
