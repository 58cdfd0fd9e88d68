// A checkpoint by name, by TensorFlow's state file, and from a second folder; a configuration by name.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type FolderOptions, openModelFolder } from '../../src/weights/folder/model-folder.js';
import { writeCheckpoint } from './support/checkpoint-writer.js';
import { expectRefusal } from './support/refusal.js';
import { temporaryFolder } from './support/temporary-folder.js';
import {
  bertConfig,
  bertTensors,
  googleTensors,
  type Tensors,
  vocabulary,
  writeHuggingFaceFolder,
  writeTexts,
} from './support/tiny-models.js';

const root = temporaryFolder();
const base = join(root, 'base');
const tuned = join(root, 'tuned');
const [original, first, last] = [bertTensors(), bertTensors(), bertTensors()];
const name = 'pooler.dense.bias';

beforeAll(async () => {
  const files = { 'bert_config.json': bertConfig, 'vocab.txt': vocabulary };
  writeTexts(base, { ...files, 'other.json': { ...bertConfig, more: 1 } });
  await writeCheckpoint(join(base, 'bert_model.ckpt'), googleTensors(original));
  await writeCheckpoint(join(base, 'later.ckpt'), googleTensors(first));
  writeTexts(tuned, {});
  await writeCheckpoint(join(tuned, 'model.ckpt-0'), googleTensors(first));
  await writeCheckpoint(join(tuned, 'model.ckpt-343'), googleTensors(last));
});

function writeState(text: string): void {
  writeFileSync(join(tuned, 'checkpoint'), text);
}

async function expectWeights(
  tensors: Tensors,
  options: FolderOptions,
  folder = base,
): Promise<void> {
  const model = await openModelFolder(folder, options);
  expect(await model.tensors.read(name)).toEqual(tensors.get(name));
  await model.close();
}

describe('openModelFolder', () => {
  it('takes bert_model.ckpt, unless another is named', async () => {
    await expectWeights(original, {});
    await expectWeights(first, { checkpointName: 'later.ckpt' });
    await expectWeights(first, { checkpointName: 'later.ckpt.index' });
  });

  it('takes a checkpoint that is named before safetensors', async () => {
    const both = join(root, 'both');
    await writeHuggingFaceFolder(both, original);
    await writeCheckpoint(join(both, 'model.ckpt'), googleTensors(last));
    await expectWeights(original, {}, both);
    await expectWeights(last, { checkpointName: 'model.ckpt' }, both);
  });

  it.each([
    'model_checkpoint_path: "model.ckpt-343"\nall_model_checkpoint_paths: "model.ckpt-0"\n',
    'all_model_checkpoint_paths: "model.ckpt-0"\r\n  model_checkpoint_path: "/a/model.ckpt-343"\r\n',
    'model_checkpoint_path: "C:\\\\runs\\\\model.ckpt-343"\n',
  ])('takes the latest that the state file %j names', async (state) => {
    writeState(state);
    await expectWeights(last, { tunedFolder: tuned });
    await expectWeights(first, { tunedFolder: tuned, checkpointName: 'model.ckpt-0' });
  });

  it.each([
    '',
    'model_checkpoint_path: "model.ckpt-7"',
    'all_model_checkpoint_paths: "model.ckpt-0"',
  ])('does not guess where the state file says %j', async (state) => {
    writeState(state);
    const opening = openModelFolder(base, { tunedFolder: tuned });
    const found = 'model.ckpt-0.index, model.ckpt-343.index';
    await expectRefusal(opening, 'MODEL_CHECKPOINT_AMBIGUOUS', tuned, found);
  });

  it('needs no weights in the folder of the model when another has them', async () => {
    const empty = join(root, 'empty');
    writeTexts(empty, { 'bert_config.json': bertConfig, 'vocab.txt': vocabulary });
    const options = { tunedFolder: tuned, checkpointName: 'model.ckpt-343' };
    await expectWeights(last, options, empty);
    const huggingFace = join(root, 'hugging-face');
    await writeHuggingFaceFolder(huggingFace, first, {});
    await expectWeights(first, { tunedFolder: huggingFace }, empty);
  });

  it('takes the configuration that is named', async () => {
    const model = await openModelFolder(base, { configName: 'other.json' });
    expect(model.config).toMatchObject({ more: 1 });
    await model.close();
  });

  it('says what is missing', async () => {
    const missing = 'MODEL_FILE_MISSING';
    await expectRefusal(
      openModelFolder(base, { checkpointName: 'x.ckpt' }),
      missing,
      'x.ckpt.index',
    );
    await expectRefusal(openModelFolder(base, { configName: 'x.json' }), missing, base, 'x.json');
    const tunedFolder = join(root, 'nowhere');
    await expectRefusal(
      openModelFolder(base, { tunedFolder }),
      'MODEL_FOLDER_UNRECOGNISED',
      tunedFolder,
    );
  });
});

describe('the keys', () => {
  async function keysOf(options: FolderOptions): Promise<[string, string]> {
    const model = await openModelFolder(base, options);
    await model.close();
    return [await model.contentKey(), await model.weightsKey()];
  }

  it('cover the checkpoint and the configuration that were chosen', async () => {
    const choices: FolderOptions[] = [
      {},
      { checkpointName: 'later.ckpt' },
      { configName: 'other.json' },
      { tunedFolder: tuned, checkpointName: 'model.ckpt-343' },
    ];
    const keys = await Promise.all(choices.map(keysOf));
    expect(new Set(keys.map(([content]) => content)).size).toBe(choices.length);
    // The configuration is no part of the weights.
    const weights = keys.map(([, key]) => key);
    expect(weights[2]).toBe(weights[0]);
    expect(new Set(weights).size).toBe(choices.length - 1);
  });
});
