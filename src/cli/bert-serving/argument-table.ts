// The table of arguments that bert-as-service's commands print first.
import { pythonText } from './flags/python-text.js';

/** The command and all values, sorted by name, as bert-as-service lays them out. */
export function argumentTable(
  program: string,
  words: readonly string[],
  values: Readonly<Record<string, unknown>>,
): string {
  const rows = Object.keys(values)
    .sort()
    .map((name) => layOut(name, '=', shown(values[name])));
  const usage = `usage: ${[program, ...words].join(' ')}`;
  return [usage, layOut('ARG', ' ', 'VALUE'), '_'.repeat(50), ...rows, ''].join('\n');
}

function layOut(name: string, sign: string, value: string): string {
  return `${name.padStart(20)} ${sign} ${value}`;
}

/** A pooling strategy is shown by its name. */
function shown(value: unknown): string {
  const hasName = typeof value === 'object' && value !== null && 'name' in value;
  return pythonText(hasName ? value.name : value);
}
