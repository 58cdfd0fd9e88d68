// Puts what the tables of flags say into docs/bert-as-service.md, between its marks. Run after `npm run build`:
// npm run docs:flags
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { benchmarkFlags } from '../dist/cli/bert-serving/benchmark-flags.js';
import { flagTables } from '../dist/cli/bert-serving/flags/flag-help.js';
import { serverFlags } from '../dist/cli/bert-serving/server-flags.js';
import { terminateFlags } from '../dist/cli/bert-serving/terminate-flags.js';

const page = fileURLToPath(new URL('../docs/bert-as-service.md', import.meta.url));
const ownOfBenchmark = Object.fromEntries(
  Object.entries(benchmarkFlags).filter(([name]) => !Object.hasOwn(serverFlags, name)),
);
const tables = { start: serverFlags, terminate: terminateFlags, benchmark: ownOfBenchmark };

const marked = /(<!-- flags: (\w+) -->\n)[^]*?(<!-- end of flags -->)/g;
const text = readFileSync(page, 'utf8').replace(
  marked,
  (_, start, command, end) => `${start}\n${flagTables(tables[command])}\n${end}`,
);
writeFileSync(page, text);
