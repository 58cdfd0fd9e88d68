// Reads a command line as Python's argparse does where flags have one dash: -flag value, -flag=value,
// beginnings of names, lists of words with negative numbers among them.
//
// The rules are those of argparse in Python 3 (its `_parse_optional` and `_match_argument`). Beyond them a flag
// may also have two dashes, and a beginning may stand before `=`.
import { type Flag, type FlagTable, FlagValueError, type FlagValues } from './flag.js';

/** What a command line asks for. */
export type ParsedFlags<Table extends FlagTable> =
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | {
      readonly kind: 'values';
      readonly values: FlagValues<Table>;
      /** The names of values that the command line gives. */
      readonly given: ReadonlySet<keyof Table>;
    };

/** A command line that cannot be understood; the message is argparse's, or as precise. */
export class CommandLineError extends Error {
  override readonly name = 'CommandLineError';
}

/** A word of the command line: a flag, a value, or the `--` after which all are values. */
type Word =
  | { readonly kind: 'flag'; readonly name: string; readonly attached: string | undefined }
  | { readonly kind: 'value' | 'unknown' | 'end'; readonly text: string };

const HELP = 'help';
const VERSION = 'version';

/**
 * Reads a command line. `-h`, `-help` and `-version` are flags of every table.
 * @param words the arguments, without node and the program's name
 * @throws CommandLineError
 */
export function parseFlags<Table extends FlagTable>(
  table: Table,
  words: readonly string[],
): ParsedFlags<Table> {
  const rest = classify(words, spellings(table));
  const values = new Map(Object.entries(table).map(([name, { initial }]) => [name, initial]));
  const given = new Set<keyof Table>();
  const unrecognized: string[] = [];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word.kind === 'flag') {
      if (word.name === HELP || word.name === VERSION) return { kind: word.name };
      values.set(word.name, readValue(table[word.name], word.attached, rest));
      given.add(word.name);
    } else if (word.kind !== 'end') {
      unrecognized.push(word.text);
    }
  }
  requireAll(table, given);
  if (unrecognized.length > 0) {
    throw new CommandLineError(`unrecognized arguments: ${unrecognized.join(' ')}`);
  }
  // Each value was made by the flag of its name.
  return { kind: 'values', values: Object.fromEntries(values) as FlagValues<Table>, given };
}

/** How a flag is called in sentences: `-port/-port_in/-port_data`. */
function spellFlag({ names }: Flag<unknown>): string {
  return names.map((name) => `-${name}`).join('/');
}

/** The names of values by how their flags can be written in full. */
function spellings(table: FlagTable): ReadonlyMap<string, string> {
  const flags = Object.entries(table).flatMap(([name, flag]) =>
    flag.names.map((spelling): [string, string] => [spelling, name]),
  );
  const all: [string, string][] = [...flags, ['h', HELP], ['help', HELP], ['version', VERSION]];
  return new Map(
    all.flatMap(([spelling, name]): [string, string][] => [
      [`-${spelling}`, name],
      [`--${spelling}`, name],
    ]),
  );
}

function classify(words: readonly string[], known: ReadonlyMap<string, string>): Word[] {
  const end = words.indexOf('--');
  return words.map((text, at): Word => {
    if (end >= 0 && at > end) return { kind: 'value', text };
    return at === end ? { kind: 'end', text } : classifyWord(text, known);
  });
}

function classifyWord(text: string, known: ReadonlyMap<string, string>): Word {
  if (!text.startsWith('-') || text === '-') return { kind: 'value', text };
  const exact = known.get(text);
  if (exact !== undefined) return { kind: 'flag', name: exact, attached: undefined };
  const equals = text.indexOf('=');
  const spelling = equals < 0 ? text : text.slice(0, equals);
  const attached = equals < 0 ? undefined : text.slice(equals + 1);
  const name = known.get(spelling) ?? findByBeginning(spelling, known);
  if (name !== undefined) return { kind: 'flag', name, attached };
  const isNumber = /^-(?:\d+|\d*\.\d+)$/.test(text);
  return { kind: isNumber || text.includes(' ') ? 'value' : 'unknown', text };
}

/** The one value whose flag's name begins so. @throws CommandLineError when several do */
function findByBeginning(
  beginning: string,
  known: ReadonlyMap<string, string>,
): string | undefined {
  // Of `--` alone, or `-=`, everything would be meant.
  if (!/^--?[^-]/.test(beginning)) return undefined;
  const matches = [...known].filter(([spelling]) => spelling.startsWith(beginning));
  const names = new Set(matches.map(([, name]) => name));
  if (names.size > 1) {
    const could = matches.map(([spelling]) => spelling).join(', ');
    throw new CommandLineError(`ambiguous option: ${beginning} could match ${could}`);
  }
  return [...names].at(0);
}

/** Takes the words of a flag off the rest of the line, and makes its value. */
function readValue(flag: Flag<unknown>, attached: string | undefined, rest: Word[]): unknown {
  const fail = (problem: string): never => {
    throw new CommandLineError(`argument ${spellFlag(flag)}: ${problem}`);
  };
  if (flag.takes === 'none') {
    return attached === undefined ? flag.read([]) : fail(`ignored explicit argument '${attached}'`);
  }
  const words = attached === undefined ? takeWords(flag, rest) : [attached];
  if (flag.takes === 'one' && words.length === 0) fail('expected one argument');
  if (flag.takes === 'some' && words.length === 0) fail('expected at least one argument');
  try {
    return flag.read(words);
  } catch (error) {
    if (error instanceof FlagValueError) return fail(error.message);
    throw error;
  }
}

/** Takes values up to the next flag or `--`. */
function takeWords({ takes }: Flag<unknown>, rest: Word[]): string[] {
  const most = takes === 'one' ? 1 : rest.length;
  const words: string[] = [];
  for (let next = rest.at(0); words.length < most && next?.kind === 'value'; next = rest.at(0)) {
    words.push(next.text);
    rest.shift();
  }
  return words;
}

function requireAll(table: FlagTable, given: ReadonlySet<PropertyKey>): void {
  const missing = Object.entries(table)
    .filter(([name, { isRequired }]) => isRequired === true && !given.has(name))
    .map(([, flag]) => spellFlag(flag));
  if (missing.length === 0) return;
  throw new CommandLineError(`the following arguments are required: ${missing.join(', ')}`);
}
