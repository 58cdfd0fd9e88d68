// Tokenizers from files: which settings count, and which files are refused.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WordPieceTokenizer } from '../../src/bert/tokenizer.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'polytag-tokenizer-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const vocabulary = [
  '[PAD]',
  '[UNK]',
  '[CLS]',
  '[SEP]',
  '[MASK]',
  'hello',
  'Hello',
  '##s',
  'é',
  'e',
];

function write(file: string, content: string | object): void {
  writeFileSync(
    join(folder, file),
    typeof content === 'string' ? content : JSON.stringify(content),
  );
}

function special(id: string, type = 0): object {
  return { SpecialToken: { id, type_id: type } };
}

/** A tokenizer.json of BERT's kind with `changes` at its top level. */
function bertJson(changes: object = {}): object {
  const ids = Object.fromEntries(vocabulary.map((token, id) => [token, id]));
  const text = (id: string, type: number): object => ({ Sequence: { id, type_id: type } });
  const single = [special('[CLS]'), text('A', 0), special('[SEP]')];
  return {
    added_tokens: [],
    normalizer: { type: 'BertNormalizer', lowercase: false, strip_accents: null },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single,
      pair: [...single, text('B', 1), special('[SEP]', 1)],
    },
    model: { type: 'WordPiece', unk_token: '[UNK]', vocab: ids },
    ...changes,
  };
}

async function tokens(text: string): Promise<(string | undefined)[]> {
  const tokenizer = await WordPieceTokenizer.load(folder);
  return Array.from(tokenizer.encode(text).ids, (id) => tokenizer.tokenOf(id)).slice(1, -1);
}

async function failure(): Promise<{ code: string; message: string }> {
  return WordPieceTokenizer.load(folder).then(
    () => {
      throw new Error('the tokenizer was loaded');
    },
    (error: unknown) => error as { code: string; message: string },
  );
}

describe('vocab.txt', () => {
  it('is cased when it has words with capitals', async () => {
    write('vocab.txt', vocabulary.join('\n'));
    expect(await tokens('Hello hellos é')).toEqual(['Hello', 'hello', '##s', 'é']);
  });

  it('is read with Windows line ends and a byte order mark', async () => {
    write('vocab.txt', `\ufeff${vocabulary.join('\r\n')}\r\n`);
    expect(await tokens('hello [MASK]')).toEqual(['hello', '[MASK]']);
  });

  it('obeys tokenizer_config.json', async () => {
    write('vocab.txt', vocabulary.join('\n'));
    write('tokenizer_config.json', { do_lower_case: true, mask_token: { content: 'Hello' } });
    expect(await tokens('HELLO é Hello')).toEqual(['hello', 'e', 'Hello']);
  });

  it('takes added tokens from tokenizer_config.json', async () => {
    write('vocab.txt', vocabulary.join('\n'));
    const decoder = { 10: { content: '<user>', special: true, normalized: false } };
    write('tokenizer_config.json', { added_tokens_decoder: decoder });
    expect(await tokens('hello<user>')).toEqual(['hello', '<user>']);
  });

  it.each(['[UNK]', '[CLS]', '[SEP]'])('is refused without %s', async (token) => {
    write('vocab.txt', vocabulary.filter((other) => other !== token).join('\n'));
    const error = await failure();
    expect(error.code).toBe('TOKENIZER_INVALID');
    expect(error.message).toContain(token);
  });

  it('is missed by name', async () => {
    expect((await failure()).code).toBe('MODEL_FILE_MISSING');
  });
});

describe('tokenizer.json', () => {
  it('wins over vocab.txt', async () => {
    write('vocab.txt', 'nothing\nof\nuse');
    write('tokenizer.json', bertJson());
    expect(await tokens('Hello hellos')).toEqual(['Hello', 'hello', '##s']);
  });

  it('yields to what tokenizer_config.json says of case, as in Python', async () => {
    write('tokenizer.json', bertJson());
    write('tokenizer_config.json', { do_lower_case: true, tokenizer_class: 'BertTokenizerFast' });
    expect(await tokens('HELLO É')).toEqual(['hello', 'e']);
  });

  it('may have the older BertProcessing', async () => {
    const processor = { type: 'BertProcessing', sep: ['[SEP]', 3], cls: ['[CLS]', 2] };
    write('tokenizer.json', bertJson({ post_processor: processor }));
    const tokenizer = await WordPieceTokenizer.load(folder);
    expect(Array.from(tokenizer.encode('hello', { pair: 'e' }).typeIds)).toEqual([0, 0, 0, 1, 1]);
  });

  it('may give both texts of a pair one segment', async () => {
    const single = [special('[CLS]'), { Sequence: { id: 'A', type_id: 0 } }, special('[SEP]')];
    const pair = [...single, { Sequence: { id: 'B', type_id: 0 } }, special('[SEP]')];
    const processor = { type: 'TemplateProcessing', single, pair };
    write('tokenizer.json', bertJson({ post_processor: processor }));
    const tokenizer = await WordPieceTokenizer.load(folder);
    expect(Array.from(tokenizer.encode('hello', { pair: 'e' }).typeIds)).toEqual([0, 0, 0, 0, 0]);
  });

  const template = bertJson() as { post_processor: { single: object[]; pair: object[] } };
  it.each([
    { changes: { model: { type: 'BPE', vocab: {} } }, found: 'model BPE' },
    { changes: { model: null }, found: 'model of no type' },
    { changes: { normalizer: { type: 'Lowercase' } }, found: 'normalizer Lowercase' },
    { changes: { normalizer: null }, found: 'normalizer of no type' },
    { changes: { pre_tokenizer: { type: 'Whitespace' } }, found: 'pre_tokenizer Whitespace' },
    { changes: { post_processor: { type: 'RobertaProcessing' } }, found: 'RobertaProcessing' },
    {
      changes: {
        post_processor: {
          ...template.post_processor,
          single: [special('[CLS]')],
          type: 'TemplateProcessing',
        },
      },
      found: '[CLS]:0',
    },
  ])('is refused for its $found', async ({ changes, found }) => {
    write('tokenizer.json', bertJson(changes));
    const error = await failure();
    expect(error.code).toBe('TOKENIZER_UNSUPPORTED');
    expect(error.message).toContain(found);
  });

  it.each([
    { model: { type: 'WordPiece' } },
    { model: { type: 'WordPiece', vocab: { '[UNK]': -1 } } },
    { model: { type: 'WordPiece', vocab: { '[UNK]': 1.5 } } },
    { model: { type: 'WordPiece', vocab: { '[UNK]': 1e12 } } },
    { model: { type: 'WordPiece', vocab: { '[CLS]': 0, '[SEP]': 1 } } },
    { added_tokens: { '[CLS]': 0 } },
    { added_tokens: [{ content: 'x' }] },
    { added_tokens: [{ id: 1, content: 'x', lstrip: 'yes' }] },
    { normalizer: { type: 'BertNormalizer', lowercase: 'yes' } },
  ])('is refused when damaged: %j', async (changes) => {
    write('tokenizer.json', bertJson(changes));
    expect((await failure()).code).toBe('TOKENIZER_INVALID');
  });

  it.each(['BertJapaneseTokenizer', 'RobertaTokenizerFast'])('is refused for %s', async (name) => {
    write('tokenizer.json', bertJson());
    write('tokenizer_config.json', { tokenizer_class: name });
    const error = await failure();
    expect(error.code).toBe('TOKENIZER_UNSUPPORTED');
    expect(error.message).toContain(name);
  });

  it('is refused without basic tokenization', async () => {
    write('tokenizer.json', bertJson());
    write('tokenizer_config.json', { do_basic_tokenize: false });
    expect((await failure()).code).toBe('TOKENIZER_UNSUPPORTED');
  });
});
