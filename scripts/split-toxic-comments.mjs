// Splits Kaggle's toxic comments into the two files of examples/toxic-comments/. Run after `npm run build`:
//   node scripts/split-toxic-comments.mjs TRAIN.csv [FOLDER]
// Same input, same bytes: the seed is fixed, and gzip's header names neither time nor file.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, gzipSync } from 'node:zlib';
import { stringify } from 'csv-stringify/sync';
import {
  groupDuplicateTexts,
  openTable,
  readLabelledTable,
  splitStratified,
} from '../dist/data/index.js';

const seed = 20180320;
const heldShare = 0.1;

const [source, folder = 'examples/toxic-comments'] = process.argv.slice(2);
if (source === undefined) {
  console.error('usage: node scripts/split-toxic-comments.mjs TRAIN.csv [FOLDER]');
  process.exit(2);
}

const table = await openTable(source);
const header = [...table.columns];
const records = [];
for await (const row of table.rows()) records.push(row.cells);
const { texts, labels, labelNames } = await readLabelledTable(source);
const groups = groupDuplicateTexts(texts);
const split = splitStratified({ labels, groups, share: heldShare, seed });

// The rows are written as they came: all of them in their old order would be the source again.
const write = (rows) =>
  stringify([header, ...rows], { record_delimiter: '\r\n', quoted_match: /[\r\n]/ });
if (write(records) !== readFileSync(source, 'utf8')) {
  throw new Error(`${source} is written in another way than expected; its rows would be changed`);
}

mkdirSync(folder, { recursive: true });
const parts = { 'train.csv.gz': split.train, 'test.csv.gz': split.held };
for (const [name, rows] of Object.entries(parts)) {
  const text = write(Array.from(rows, (row) => records[row]));
  const bytes = gzipSync(text, { level: constants.Z_BEST_COMPRESSION });
  // Byte 9 is the operating system that compressed it (RFC 1952, 2.3): 255 stands for unknown.
  bytes[9] = 255;
  writeFileSync(join(folder, name), bytes);
}

const count = (rows, label) =>
  rows.reduce((sum, row) => sum + (labels.values[row * labels.columns + label] === 1 ? 1 : 0), 0);
const any = (rows) =>
  rows.filter((row) =>
    labelNames.some((_, label) => labels.values[row * labels.columns + label] === 1),
  );
console.log(`${records.length} rows, ${new Set(groups).size} different texts`);
console.log('| | train | test | share in train | share in test |');
console.log('|---|---:|---:|---:|---:|');
const print = (name, train, test) => {
  const share = (part, rows) => `${((100 * part) / rows.length).toFixed(2)} %`;
  console.log(
    `| ${name} | ${train} | ${test} | ${share(train, split.train)} | ${share(test, split.held)} |`,
  );
};
labelNames.forEach((name, label) => {
  print(name, count(split.train, label), count(split.held, label));
});
print('any of them', any(split.train).length, any(split.held).length);
print('rows', split.train.length, split.held.length);
