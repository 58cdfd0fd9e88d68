// One flag of a bert-serving command: how it is called, what it takes, and what is said of it.

/** What is told of a flag. */
export interface FlagText {
  /** Without dashes: the name that is shown, then those that do the same. */
  readonly names: readonly [string, ...string[]];
  /** The heading that it stands under in --help and in the documentation. */
  readonly group: string;
  /** What it does, for --help and the documentation; no full stop. */
  readonly help: string;
  /** The default in words, where the value does not say it. */
  readonly defaultText?: string | undefined;
  readonly isRequired?: boolean | undefined;
  /** Where it comes from: bert-as-service 1.10, or polytag alone. */
  readonly origin?: 'polytag' | undefined;
  /** Why it changes nothing here, said in one line when somebody gives it. */
  readonly noEffect?: string | undefined;
}

/** A flag whose value is a `Value`. */
export interface Flag<Value> extends FlagText {
  /** Words that it takes: none, one, `some` (at least one), `any` (none or more). */
  readonly takes: 'none' | 'one' | 'some' | 'any';
  /** Makes the value. @throws FlagValueError */
  readonly read: (words: readonly string[]) => Value;
  /** The value when it is not given. */
  readonly initial: Value;
}

/** Flags by the name of their value, which is argparse's `dest`. */
export type FlagTable = Readonly<Record<string, Flag<unknown>>>;

/** The values of a table's flags. */
export type FlagValues<Table extends FlagTable> = {
  readonly [Name in keyof Table]: Table[Name] extends Flag<infer Value> ? Value : never;
};

/** A word that a flag cannot take; the message says what was expected. */
export class FlagValueError extends Error {
  override readonly name = 'FlagValueError';
}

/** A flag with one word. */
export function oneWord<Value, Initial>(
  read: (word: string) => Value,
  initial: Initial,
  text: FlagText,
): Flag<Value | Initial> {
  return { ...text, takes: 'one', initial, read: ([word]) => read(word) };
}

/** A flag with a list of words. */
export function wordList<Value>(
  read: (word: string) => Value,
  initial: readonly Value[],
  text: FlagText & { readonly takes: 'some' | 'any' },
): Flag<readonly Value[]> {
  return { ...text, initial, read: (words) => words.map(read) };
}

/** A flag without a word: `stored` when it is given, else the opposite. */
export function onOff(text: FlagText, { stored = true } = {}): Flag<boolean> {
  return { ...text, takes: 'none', initial: !stored, read: () => stored };
}
