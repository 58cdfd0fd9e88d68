// Commander with types that follow from the declared options: what an action gets is what was declared.
import * as commander from 'commander';
import type * as typed from '@commander-js/extra-typings';

// The package with the types adds no code that is needed at run time: these are commander's own classes,
// which TypeScript, comparing the two declarations, cannot see.
const classes: unknown = commander;
export const { Command, Option } = classes as Pick<typeof typed, 'Command' | 'Option'>;
export { CommanderError, InvalidArgumentError } from 'commander';

/** Any command, whatever its options. */
export type AnyCommand = typed.CommandUnknownOpts;

/** Paragraphs as help wants them: it breaks their lines itself, to the width of the terminal. */
export function unwrap(text: string): string {
  return text.replace(/(?<!\n)\n(?!\n)/g, ' ');
}

/** A command of the program, before its options are declared, with the types of its arguments. */
export type NewCommand<Arguments extends (string | undefined | string[])[]> =
  typed.Command<Arguments>;
