// That flags are held against the model before it is loaded, and layers counted as bert-as-service counts them.
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Encoder } from '../../../src/bert/index.js';
import { parseFlags } from '../../../src/cli/bert-serving/flags/flag-parser.js';
import { inspectModel } from '../../../src/cli/bert-serving/served-model.js';
import { serverFlags } from '../../../src/cli/bert-serving/server-flags.js';
import { convertToHuggingFaceFolder } from '../../../src/weights/index.js';
import { createFolder, tinyBert } from './run-serving.js';

function inspect(line: string, folder = tinyBert) {
  const words = line.split(' ').filter((word) => word !== '');
  const parsed = parseFlags(serverFlags, ['-model_dir', folder, ...words]);
  if (parsed.kind !== 'values') throw new Error(`got ${parsed.kind}`);
  return inspectModel(parsed.values, parsed.given, {});
}

/** The tiny BERT, of three layers, under another name. */
function renamed(name: string): string {
  const folder = join(createFolder(), name);
  cpSync(tinyBert, folder, { recursive: true });
  return folder;
}

describe('layers', () => {
  it.each([
    ['-1', [-1]],
    ['-3', [-3]],
    ['0', [1]],
    ['2', [3]],
    ['-1 -2 0', [-1, -2, 1]],
  ])('%s', async (layers, expected) => {
    const { options } = await inspect(`-pooling_layer ${layers}`);
    expect(options.layers).toEqual(expected);
  });

  it.each([
    ['-4', 'it has 3 layers; expected -3 to -1, or 0 to 2 from the front'],
    ['3', 'it has 3 layers; expected -3 to -1, or 0 to 2 from the front'],
  ])('%s is none of the model', async (layer, problem) => {
    await expect(inspect(`-pooling_layer -1 ${layer}`)).rejects.toThrow(
      `-pooling_layer ${layer} does not suit the model: ${problem}`,
    );
  });
});

describe('the length', () => {
  it.each(['-max_seq_len 48', '-max_seq_len NONE', '-max_seq_len 600 -no_position_embeddings'])(
    'suits: %s',
    async (line) => {
      await expect(inspect(line)).resolves.toMatchObject({ folder: tinyBert });
    },
  );

  it('is over the positions', async () => {
    await expect(inspect('-max_seq_len 49')).rejects.toMatchObject({
      code: 'FLAG_UNSUITABLE',
      message:
        '-max_seq_len 49 does not suit the model: it has 48 positions; expected 4 to 48, or NONE for as many as it has',
    });
  });
});

describe('upper and lower case', () => {
  it('is decided by the flag for a folder of Google, with a word when the model looks otherwise', async () => {
    const uncased = await inspect('');
    expect(uncased).toMatchObject({
      options: { tokenizer: { lowercase: true, neverSplit: [] } },
      remarks: [],
    });
    const kept = await inspect('-cased_tokenization');
    expect(kept.options.tokenizer).toMatchObject({ lowercase: false });
    expect(kept.remarks).toEqual([expect.stringContaining('the model looks uncased')]);
    const cased = renamed('multi_cased_L-12_H-768_A-12');
    const lowered = await inspect('', cased);
    expect(lowered.options.tokenizer).toMatchObject({ lowercase: true });
    expect(lowered.remarks).toEqual([expect.stringContaining('-cased_tokenization keeps')]);
    expect((await inspect('-cased_tokenization', cased)).remarks).toEqual([]);
  });

  it("is decided by the tokenizer's files for a folder of Hugging Face, unless the flag is given", async () => {
    const folder = join(createFolder(), 'converted');
    await convertToHuggingFaceFolder(tinyBert, folder);
    expect(await inspect('', folder)).toMatchObject({ remarks: [] });
    expect((await inspect('', folder)).options.tokenizer).toBeUndefined();
    const kept = await inspect('-cased_tokenization', folder);
    expect(kept.options.tokenizer).toEqual({ lowercase: false });
  });
});

describe('files', () => {
  it.each(['-tuned_model_dir nowhere', '-ckpt_name none.ckpt', '-config_name none.json'])(
    'that are missing are left for loading to say: %s',
    async (line) => {
      const { folder, options } = await inspect(line);
      await expect(Encoder.load(folder, options)).rejects.toThrow(line.split(' ')[1]);
    },
  );
});
