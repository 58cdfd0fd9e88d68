// The first rows of the bundled table, as a small table of their own.
import { createReadStream, writeFileSync } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { parse } from 'csv-parse';

const bundled = 'examples/toxic-comments/train.csv.gz';

/** Writes the first `rows` rows to `path` and gives their texts. */
export async function writeToxicRows(path: string, rows: number): Promise<string[]> {
  const source = createReadStream(bundled);
  const parser = source.pipe(createGunzip()).pipe(parse({ to: rows + 1 }));
  const table: string[][] = [];
  for await (const cells of parser) table.push(cells as string[]);
  source.destroy();
  const quoted = table.map((cells) => cells.map((cell) => `"${cell.replaceAll('"', '""')}"`));
  writeFileSync(path, quoted.map((cells) => `${cells.join(',')}\n`).join(''));
  const column = table[0].indexOf('comment_text');
  return table.slice(1).map((cells) => cells[column]);
}
