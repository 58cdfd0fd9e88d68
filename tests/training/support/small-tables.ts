// Small tables whose labels follow from words, and a tiny encoder: what whole runs are tried on.
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** A BERT of two layers with hidden size 32. */
export const tinyEncoder = resolve('tests/fixtures/tf-bert-tiny');

const words = ['the', 'article', 'and', 'page', 'edit', 'source', 'history'];

/** What a table is made of. */
export interface SmallTable {
  readonly rows: number;
  /** Rows that have the label `rare`; without it there is none of that name. */
  readonly rare?: number;
  /** Every so many rows repeat the text before them in capitals. */
  readonly duplicateEvery?: number;
}

/** Texts of such a table. */
function smallTexts({ rows, duplicateEvery = rows + 1 }: SmallTable): string[] {
  const texts: string[] = [];
  for (let at = 0; at < rows; at += 1) {
    const original = `${words[at % 7]} ${words[at % 5]}, ${isToxic(at) ? 'shit you are' : 'good information'} ${at % 4 === 0 ? 'thanks' : 'now'} ${at}`;
    texts.push(at > 0 && at % duplicateEvery === 0 ? texts[at - 1].toUpperCase() : original);
  }
  return texts;
}

/** Writes it: an id, a text, and the labels `toxic`, `thanks` and perhaps `rare`. */
export function writeSmallTable(path: string, table: SmallTable): void {
  const { rare } = table;
  const lines = smallTexts(table).map((text, at) => {
    const cells = [`r${at}`, `"${text}"`, Number(isToxic(at)), Number(at % 4 === 0)];
    return [...cells, ...(rare === undefined ? [] : [Number(at < rare)])].join(',');
  });
  const header = `id,comment_text,toxic,thanks${rare === undefined ? '' : ',rare'}`;
  writeFileSync(path, `${[header, ...lines].join('\n')}\n`);
}

function isToxic(row: number): boolean {
  // Now and then without reason, so that no model is perfect.
  return row % 3 === 0 || row % 17 === 5;
}
