// Text and label columns are found where a person would find them; else the error names the candidates.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type LabelledTable,
  type ReadLabelledTableOptions,
  readLabelledTable,
} from '../../src/data/index.js';
import { failureOf } from './failures.js';
import { createFolder } from './temporary-folder.js';

const folder = createFolder();
let files = 0;

async function read(
  content: string,
  options: ReadLabelledTableOptions = {},
  ending = '.csv',
): Promise<LabelledTable> {
  const path = join(folder, `${++files}${ending}`);
  writeFileSync(path, content);
  return await readLabelledTable(path, options);
}

function matrix({ labels }: LabelledTable): number[][] {
  return Array.from({ length: labels.rows }, (_, row) => [
    ...labels.values.subarray(row * labels.columns, (row + 1) * labels.columns),
  ]);
}

const kaggle =
  'id,comment_text,toxic,threat\n' +
  'aa1,"You are, well, ""nice""",0,0\n' +
  'aa2,"I will\nfind you",1,1\n' +
  'aa3,No label known here,-1,\n' +
  'aa4,,1.0,False\n';

describe('readLabelledTable', () => {
  it("reads Kaggle's layout", async () => {
    const table = await read(kaggle);
    expect(table.textColumn).toBe('comment_text');
    expect(table.idColumns).toEqual(['id']);
    expect(table.labelNames).toEqual(['toxic', 'threat']);
    expect(table.ids).toEqual([['aa1'], ['aa2'], ['aa3'], ['aa4']]);
    expect(table.texts).toEqual([
      'You are, well, "nice"',
      'I will\nfind you',
      'No label known here',
      '',
    ]);
    expect(matrix(table)).toEqual([
      [0, 0],
      [1, 1],
      [-1, -1],
      [1, 0],
    ]);
    expect([...table.lines]).toEqual([2, 3, 5, 6]);
    expect(table.labelCounts).toEqual([
      { positives: 2, negatives: 1, unknown: 1 },
      { positives: 1, negatives: 2, unknown: 1 },
    ]);
    expect(table.warnings).toEqual([
      'the text is empty in 1 of 4 rows',
      'no label is known in 1 of 4 rows',
    ]);
  });

  it.each<[string, string, string]>([
    [
      'bars',
      'text,tags\nsome words here,a|b\nother words here,b\nthird words here,\nmore words here,a\n',
      '.csv',
    ],
    [
      'semicolons',
      'text,tags\nsome words here,a;b\nother words here,b\nthird words here,\nmore words here,a\n',
      '.csv',
    ],
    [
      'commas',
      'text,tags\nsome words here,"a,b"\nother words here,b\nthird words here,\nmore words here,a\n',
      '.csv',
    ],
    [
      'JSON arrays',
      '{"text":"some words here","tags":["a","b"]}\n{"text":"other words here","tags":["b"]}\n{"text":"third words here","tags":[]}\n{"text":"more words here","tags":["a"]}\n',
      '.jsonl',
    ],
    [
      "Python's lists",
      `text\ttags\nsome words here\t['a', 'b']\nother words here\t['b']\nthird words here\t[]\nmore words here\t['a']\n`,
      '.tsv',
    ],
    [
      'fastText labels',
      '__label__a __label__b some words here\n__label__b other words here\n third words here\n__label__a more words here\n',
      '.txt',
    ],
  ])('reads lists with %s', async (_, content, ending) => {
    const table = await read(content, {}, ending);
    expect(table.textColumn).toBe('text');
    expect(table.labelNames).toEqual(['a', 'b']);
    expect(matrix(table)).toEqual([
      [1, 1],
      [0, 1],
      [0, 0],
      [1, 0],
    ]);
    expect(table.texts[1]).toBe('other words here');
  });

  it('takes an empty cell among arrays as unknown, among separated names as none', async () => {
    const arrays = await read(
      '{"text":"a b","l":["x"]}\n{"text":"c d","l":null}\n{"text":"e f","l":[]}\n',
      {},
      '.jsonl',
    );
    expect(matrix(arrays)).toEqual([[1], [-1], [0]]);
    const bars = await read('text,l\na b,x|y\nc d,\ne f,x\n');
    expect(matrix(bars)).toEqual([
      [1, 1],
      [0, 0],
      [1, 0],
    ]);
    expect(bars.warnings).toEqual([
      'the label list is empty in 1 of 3 rows, which is read as: no label applies',
    ]);
  });

  it('reads one name a cell in a column called like labels', async () => {
    const table = await read(
      'review,sentiment_id,label\nI like it,7,good\nI hate it,8,bad\nSo so it is,9,good\n',
    );
    expect(table.labelNames).toEqual(['good', 'bad']);
    expect(matrix(table)).toEqual([
      [1, 0],
      [0, 1],
      [1, 0],
    ]);
    expect(table.idColumns).toEqual(['sentiment_id']);
  });

  it.each([
    [
      'by the name',
      'title,text,toxic\nA good title,The body of it,1\nNot so good,Another body,0\n',
      'text',
    ],
    [
      'past numbers, dates and names',
      'date,stars,body,by,toxic\n2020-01-01 10:00,5,Very good indeed,ann,1\n2020-01-02 11:00,3,Not so good,bob,0\n',
      'body',
    ],
    ['in one word a row', 'id,word,toxic\n1,damn,1\n2,dear,0\n3,dear,0\n', 'word'],
    ['in Japanese', 'id,honbun,toxic\n1,これはペンです,1\n2,それは本です,0\n', 'honbun'],
    ['from an index of pandas', ',text,toxic\n0,one two,1\n1,three four,0\n', 'text'],
  ])('finds the text column %s', async (_, content, expected) => {
    const table = await read(content);
    expect(table.textColumn).toBe(expected);
    expect(table.labelNames).toEqual(['toxic']);
  });

  it('does as it is told', async () => {
    const content = 'title,text,a,b,c\nT one,x one,1,0,1\nT two,x two,0,1,1\n';
    const table = await read(content, { text: 'title', labels: ['c', 'a'] });
    expect([table.textColumn, table.labelNames]).toEqual(['title', ['c', 'a']]);
    expect(matrix(table)).toEqual([
      [1, 1],
      [1, 0],
    ]);
    expect(table.warnings).toEqual(['every row where it is known has the label "c"']);
    const list = await read('text,words\na b,x;y\nc d,z\n', { labels: ['words'] });
    expect(list.labelNames).toEqual(['x', 'y', 'z']);
  });

  it('looks up the labels that a model knows', async () => {
    const columns = await read(kaggle, { expectedLabels: ['threat', 'toxic'] });
    expect(columns.labelNames).toEqual(['threat', 'toxic']);
    expect(matrix(columns)[3]).toEqual([0, 1]);
    const lists = await read('text,tags\na b,x|new\nc d,y\ne f,x\n', {
      expectedLabels: ['y', 'x', 'w'],
    });
    expect(lists.labelNames).toEqual(['y', 'x', 'w']);
    expect(matrix(lists)).toEqual([
      [0, 1, 0],
      [1, 0, 0],
      [0, 1, 0],
    ]);
    expect(lists.warnings).toEqual([
      'no row has the label "w"',
      'labels that the model does not know are passed over, 1 times in all: "new"',
    ]);
  });

  it('survives labels and columns named like properties of objects', async () => {
    const columns = await read('text,__proto__,constructor,toString\na b,1,0,1\nc d,0,1,0\n');
    expect(columns.labelNames).toEqual(['__proto__', 'constructor', 'toString']);
    const lists = await read(
      'text,tags\na b,__proto__|hasOwnProperty\nc d,__proto__\ne f,hasOwnProperty\n',
    );
    expect(lists.labelNames).toEqual(['__proto__', 'hasOwnProperty']);
    expect(matrix(lists)).toEqual([
      [1, 1],
      [1, 0],
      [0, 1],
    ]);
    expect({}).not.toHaveProperty('hasOwn');
  });

  it('warns of a missing first line', async () => {
    const table = await read('That was not a good day at all,1\nAll is well,0\nIs it,1\n', {
      labels: ['1'],
    });
    expect(table.warnings[0]).toContain('looks like a row, not like column names');
  });

  it.each<[string, string, ReadLabelledTableOptions, string, string]>([
    ['no rows', 'text,toxic\n', {}, 'TABLE_EMPTY', 'none below the column names'],
    [
      'a missing text column',
      kaggle,
      { text: 'coment_text' },
      'COLUMN_MISSING',
      'no column "coment_text" (did you mean "comment_text"?); its columns are "id", "comment_text", "toxic", "threat"',
    ],
    [
      'another case',
      kaggle,
      { text: 'Comment_Text' },
      'COLUMN_MISSING',
      'did you mean "comment_text"?',
    ],
    [
      'a missing label column',
      kaggle,
      { labels: ['toxic', 'insult'] },
      'COLUMN_MISSING',
      'no column "insult"; its',
    ],
    [
      'a label named twice',
      kaggle,
      { labels: ['toxic', 'toxic'] },
      'LABELS_INVALID',
      '"toxic" is named twice',
    ],
    ['no label named', kaggle, { labels: [] }, 'LABELS_INVALID', 'none is named'],
    [
      'the text as a label',
      kaggle,
      { text: 'comment_text', labels: ['toxic', 'comment_text'] },
      'LABELS_INVALID',
      '"comment_text" is the text column',
    ],
    [
      'two text columns',
      'title,abstract,toxic\nA good title,The text of it,1\nNot so good,Another text,0\n',
      {},
      'TEXT_COLUMN_UNCLEAR',
      'it could be "title" (12 characters on average) or "abstract" (13',
    ],
    ['no text column', 'id,toxic\n1,0\n2,1\n', {}, 'TEXT_COLUMN_UNCLEAR', 'none of its columns'],
    [
      'no label column',
      'text,lang\na b c,en\nc d e,fr\nc d f,en\n',
      {},
      'LABEL_COLUMNS_UNCLEAR',
      'beside the texts it has "lang" (such as "en")',
    ],
    [
      'only a text column',
      'text\na b\nc d\n',
      {},
      'LABEL_COLUMNS_UNCLEAR',
      'no column but that of the texts',
    ],
    [
      'scores for labels',
      'text,toxicity\na b,0.5\nc d,0\n',
      {},
      'LABEL_COLUMNS_UNCLEAR',
      '"toxicity" (such as "0.5")',
    ],
    [
      'lists and columns',
      'text,tags,toxic\na b,x|y,1\nc d,x,0\ne f,y,0\n',
      {},
      'LABEL_COLUMNS_UNCLEAR',
      '"toxic" (such as "1"), "tags" (such as "x|y")',
    ],
    [
      'a wrong label value',
      kaggle.replace('1.0', 'maybe'),
      { labels: ['toxic', 'threat'] },
      'LABEL_VALUE_INVALID',
      'line 6: label column "toxic" holds "maybe"; expected 1, 0, -1 or nothing',
    ],
    [
      'some labels of the model',
      kaggle,
      { expectedLabels: ['toxic', 'thread'] },
      'LABELS_MISSING',
      'lacks the labels "thread": its columns are "id", "comment_text", "toxic", "threat" (did you mean "threat"?)',
    ],
    [
      'all labels of the model',
      kaggle,
      { expectedLabels: ['x', 'y'] },
      'LABELS_MISSING',
      'lacks the labels "x", "y"',
    ],
    [
      'all labels of the model in lists',
      'text,tags\na b,x|y\nc d,x\n',
      { expectedLabels: ['p'] },
      'LABELS_MISSING',
      'its lists name only "x", "y"',
    ],
    [
      'labels that are never known',
      'text,a\na b,-1\nc d,\n',
      {},
      'LABELS_INVALID',
      'none is known in any row',
    ],
    [
      'empty lists only',
      'text,tags\na b,\nc d,\n',
      { labels: ['tags'] },
      'LABELS_INVALID',
      'none is known',
    ],
    [
      'empty arrays only',
      'text,tags\na b,[]\nc d,[]\n',
      { labels: ['tags'] },
      'LABELS_INVALID',
      'no row names one',
    ],
  ])('refuses %s', async (_, content, options, code, message) => {
    const error = await failureOf(() => read(content, options));
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(message)]);
    expect(error.message).toContain(`${files}.csv`);
  });

  it('holds every later row against what the first thousand show', async () => {
    const rows = Array.from({ length: 1500 }, (_, row) => `some text ${row},${row % 2}`);
    rows[1400] = 'another text,toxic';
    const value = await failureOf(() => read(`text,toxic\n${rows.join('\n')}\n`));
    expect(value.message).toContain('line 1402: label column "toxic" holds "toxic"');
    const lists = Array.from({ length: 1500 }, (_, row) =>
      JSON.stringify({ text: `t ${row}`, l: ['a'] }),
    );
    lists[1200] = '{"text":"t","l":"a|b"}';
    const list = await failureOf(() => read(lists.join('\n'), {}, '.jsonl'));
    expect([list.code, list.message]).toEqual([
      'LABEL_LIST_INVALID',
      expect.stringContaining('line 1201: label column "l" holds "a|b"; expected an array'),
    ]);
  });

  it('names rows of Parquet as rows', async () => {
    const { fileURLToPath } = await import('node:url');
    const path = fileURLToPath(new URL('../fixtures/data/pyarrow-zstd.parquet', import.meta.url));
    const table = await readLabelledTable(path, { text: 'comment', labels: ['labels'] });
    expect(table.labelNames).toEqual(['a', 'b', 'c', "it's"]);
    expect(matrix(table)[3]).toEqual([-1, -1, -1, -1]);
    expect([...table.lines]).toEqual([1, 2, 3, 4, 5, 6, 7]);
    const error = await failureOf(() =>
      readLabelledTable(path, { text: 'comment', labels: ['flag', 'score'] }),
    );
    expect(error.message).toContain('row 1: label column "score" holds "0.1"');
  });

  it('stops when told to', async () => {
    const signal = AbortSignal.abort();
    await expect(read(kaggle, { signal })).rejects.toThrow('aborted');
  });
});
