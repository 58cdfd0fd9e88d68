// Texts to logits: windows of long texts put together again, whatever batches they went through.
import { describe, expect, it } from 'vitest';
import { parseBertConfig } from '../../src/bert/config.js';
import { combineLogits, mapTextLogits, type TextModel } from '../../src/bert/text-logits.js';
import { WordPieceTokenizer } from '../../src/bert/tokenizer.js';
import type { BatchRunner } from '../../src/runtime/index.js';

const letters = Array.from('abcdefghij');
const tokenizer = WordPieceTokenizer.fromVocabulary([
  '[PAD]',
  '[UNK]',
  '[CLS]',
  '[SEP]',
  ...letters,
]);
const config = parseBertConfig(
  {
    model_type: 'bert',
    vocab_size: 14,
    hidden_size: 4,
    num_hidden_layers: 1,
    num_attention_heads: 1,
    intermediate_size: 4,
    max_position_embeddings: 16,
    type_vocab_size: 2,
  },
  'config.json',
);

/** A model whose logits of a sequence are its first token's id and its last's, special tokens apart. */
const pool: BatchRunner = {
  workers: 2,
  run: async (feeds) => {
    const { input_ids: ids, attention_mask: mask } = typeof feeds === 'function' ? feeds() : feeds;
    const [rows, length] = ids.shape;
    const data = new Float32Array(rows * 2);
    for (let row = 0; row < rows; row++) {
      const used = ids.data
        .slice(row * length, (row + 1) * length)
        .filter((_: unknown, at: number) => Number(mask.data[row * length + at]) === 1);
      data.set([Number(used[1]), Number(used[used.length - 2])], row * 2);
    }
    // Short batches come back before long ones.
    await new Promise((resolve) => setTimeout(resolve, length));
    return { logits: { type: 'float32', shape: [rows, 2], data } };
  },
};
const model: TextModel = { tokenizer, config, pool, maxLength: 5, truncation: 'head' };
// Ids: a is 4, j is 13. Windows hold three of them.
const texts = ['a b', 'c', 'a b c d e f g', 'j i h g', '', 'b c d'];

async function collect(windows: TextModel['windows']) {
  const rows: unknown[] = [];
  const told: number[] = [];
  const onProgress = (done: number) => told.push(done);
  for await (const row of mapTextLogits(texts, { ...model, windows }, { onProgress })) {
    rows.push({ ...row, logits: [...row.logits] });
  }
  expect(told.at(-1)).toBe(texts.length);
  expect(told).toEqual([...told].sort((a, b) => a - b));
  return rows;
}

describe('mapTextLogits', () => {
  it('cuts long texts', async () => {
    expect(await collect(undefined)).toEqual([
      { logits: [4, 5], truncated: 0, windows: 1 },
      { logits: [6, 6], truncated: 0, windows: 1 },
      { logits: [4, 6], truncated: 4, windows: 1 },
      { logits: [13, 11], truncated: 1, windows: 1 },
      { logits: [3, 2], truncated: 0, windows: 1 },
      { logits: [5, 7], truncated: 0, windows: 1 },
    ]);
  });

  it('takes the highest logits of the windows of a long text', async () => {
    expect(await collect({ combine: 'max', stride: 2 })).toEqual([
      { logits: [4, 5], truncated: 0, windows: 1 },
      { logits: [6, 6], truncated: 0, windows: 1 },
      // abc, cde, efg
      { logits: [8, 10], truncated: 0, windows: 3 },
      // jih, ihg
      { logits: [13, 11], truncated: 0, windows: 2 },
      { logits: [3, 2], truncated: 0, windows: 1 },
      { logits: [5, 7], truncated: 0, windows: 1 },
    ]);
  });

  it('takes the mean', async () => {
    expect((await collect({ combine: 'mean', stride: 2 })).slice(2, 4)).toEqual([
      { logits: [6, 8], truncated: 0, windows: 3 },
      { logits: [12.5, 10.5], truncated: 0, windows: 2 },
    ]);
  });
});

describe('combineLogits', () => {
  it('works label by label', () => {
    const windows = [Float32Array.of(1, -5), Float32Array.of(-2, 3), Float32Array.of(0, 1)];
    expect([...combineLogits(windows, 'max')]).toEqual([1, 3]);
    expect([...combineLogits(windows, 'mean')]).toEqual([-1 / 3, -1 / 3].map(Math.fround));
  });
});
