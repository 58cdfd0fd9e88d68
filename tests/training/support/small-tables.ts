// Small tables whose labels follow from words, and a tiny encoder: what whole runs are tried on.
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** A BERT of three layers with hidden size 32. */
export const tinyEncoder = resolve('tests/fixtures/tf-bert-tiny');

const words = ['the', 'article', 'and', 'page', 'edit', 'source', 'history'];

/** What a table is made of. */
export interface SmallTable {
  readonly rows: number;
  /** Rows that have the label `rare`; without it there is none of that name. */
  readonly rare?: number;
  /** Every so many rows repeat the text before them in capitals. */
  readonly duplicateEvery?: number;
  /** Every so many rows are long: what decides is somewhere among so many words that decide nothing. */
  readonly longEvery?: number;
  readonly longWords?: number;
}

/** Texts of such a table. */
function smallTexts({
  rows,
  duplicateEvery = rows + 1,
  longEvery = rows + 1,
  longWords = 50,
}: SmallTable): string[] {
  const texts: string[] = [];
  for (let at = 0; at < rows; at += 1) {
    const original = `${words[at % 7]} ${words[at % 5]}, ${isToxic(at) ? 'shit you are' : 'good information'} ${at % 4 === 0 ? 'thanks' : 'now'} ${at}`;
    const text = at > 0 && at % longEvery === 0 ? surround(original, at, longWords) : original;
    texts.push(at > 0 && at % duplicateEvery === 0 ? texts[at - 1].toUpperCase() : text);
  }
  return texts;
}

function surround(text: string, at: number, count: number): string {
  const filler = Array.from({ length: count }, (_, place) => words[(at + 3 * place) % 7]);
  const place = (at * 31) % count;
  return [...filler.slice(0, place), text, ...filler.slice(place)].join(' ');
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
