// Texts stream with the cells that name their rows, whatever else the table holds.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { streamTexts, type StreamTextsOptions, type TextRow } from '../../src/data/index.js';
import { failureOf } from './failures.js';
import { createFolder } from './temporary-folder.js';

const folder = createFolder();

async function read(
  content: string,
  options: StreamTextsOptions = {},
  name = 'table.csv',
): Promise<{ textColumn: string; idColumns: readonly string[]; rows: TextRow[] }> {
  writeFileSync(join(folder, name), content);
  const stream = await streamTexts(join(folder, name), options);
  const rows: TextRow[] = [];
  for await (const row of stream.rows) {
    rows.push(row);
  }
  return { textColumn: stream.textColumn, idColumns: stream.idColumns, rows };
}

describe('streamTexts', () => {
  it("reads Kaggle's test tables", async () => {
    expect(await read('id,comment_text\na1,"Well, well"\na2,So so\n')).toEqual({
      textColumn: 'comment_text',
      idColumns: ['id'],
      rows: [
        { line: 2, ids: ['a1'], text: 'Well, well' },
        { line: 3, ids: ['a2'], text: 'So so' },
      ],
    });
  });

  it('passes label columns over, and takes the named or hinted text column', async () => {
    const content = 'id,title,body,toxic\n1,One title,One body,1\n2,Two title,Two body,0\n';
    expect((await read(content)).textColumn).toBe('body');
    expect((await read(content, { text: 'title' })).rows[1].text).toBe('Two title');
    expect((await read(content, { textColumnHint: 'title' })).textColumn).toBe('title');
    expect((await read(content, { textColumnHint: 'comment' })).textColumn).toBe('body');
    const error = await failureOf(() => read(content, { text: 'boby' }));
    expect(error.message).toContain('did you mean "body"?');
  });

  it('reads a single column, lines of text, and a table without rows', async () => {
    expect((await read('anything\nyes\nno\n')).rows.map(({ text }) => text)).toEqual(['yes', 'no']);
    expect((await read('one\n\n1\n', {}, 'lines.txt')).rows.map(({ text }) => text)).toEqual([
      'one',
      '',
      '1',
    ]);
    expect((await read('id,text\n', { text: 'text' })).rows).toEqual([]);
  });

  it('passes over fields of JSON that come late', async () => {
    const content = `${'{"text":"a b"}\n'.repeat(1100)}{"text":"last one","more":1}\n`;
    expect((await read(content, {}, 'late.jsonl')).rows).toHaveLength(1101);
  });

  it('takes one thing a row as its name only if it names', async () => {
    const content = 'key,lang,score,text\nk1,en,0.25,a b\nk2,en,0.5,c d\nk3,fr,0.75,e f\n';
    expect((await read(content)).idColumns).toEqual(['key']);
  });
});
