// What a command says of its flags: --help, and the table of the documentation.
import type { Flag, FlagTable } from './flag.js';
import { pythonText } from './python-text.js';

/** A command, for its help. */
export interface CommandText {
  readonly program: string;
  readonly description: string;
  /** Follows the flags: examples. */
  readonly epilogue: string;
}

const WIDTH = 90;
const INDENT = 24;

/** The usage in one line. */
export function usageLine(program: string, table: FlagTable): string {
  const required = Object.values(table)
    .filter(({ isRequired }) => isRequired === true)
    .map((flag) => `${spellCall(flag)} `);
  return `usage: ${program} ${required.join('')}[-flag VALUE ...]\n`;
}

/** What --help prints. */
export function helpText(
  { program, description, epilogue }: CommandText,
  table: FlagTable,
): string {
  const groups = groupsOf(table).map(
    ([group, flags]) => `\n${group}:\n${flags.map(describeFlag).join('')}`,
  );
  const general = `${layOut('-h, -help', 'show this')}${layOut('-version', 'show the version')}`;
  const usage = usageLine(program, table);
  return `${usage}\n${fill(description, 0)}\n${groups.join('')}\ngeneral:\n${general}\n${epilogue.trim()}\n`;
}

/** The flags in tables, in Markdown, a heading a group. */
export function flagTables(table: FlagTable): string {
  return groupsOf(table)
    .map(([group, flags]) => {
      const title = `${group.charAt(0).toUpperCase()}${group.slice(1)}`;
      const rows = flags.map((flag) => {
        const names = flag.names.map((name) => `\`-${name}\``).join(', ');
        const initial = flag.isRequired === true ? 'required' : `\`${defaultOf(flag)}\``;
        return `| ${names} | ${initial} | ${explain(flag).replaceAll('|', '\\|')} |`;
      });
      return `### ${title}\n\n| flag | default | what it does here |\n|---|---|---|\n${rows.join('\n')}\n`;
    })
    .join('\n');
}

function groupsOf(table: FlagTable): [string, Flag<unknown>[]][] {
  const groups = new Map<string, Flag<unknown>[]>();
  for (const flag of Object.values(table)) {
    groups.set(flag.group, [...(groups.get(flag.group) ?? []), flag]);
  }
  return [...groups];
}

function describeFlag(flag: Flag<unknown>): string {
  const needsDefault = flag.isRequired !== true && flag.takes !== 'none';
  const initial = needsDefault ? ` (default: ${defaultOf(flag)})` : '';
  return layOut(spellCall(flag, ', '), `${explain(flag)}${initial}`);
}

/** What it does; or that it does nothing, and why. */
function explain({ help, noEffect, origin }: Flag<unknown>): string {
  if (noEffect !== undefined) return `${help}; accepted, has no effect: ${noEffect}`;
  return origin === 'polytag' ? `${help} (not in bert-as-service)` : help;
}

function defaultOf({ initial, defaultText, takes }: Flag<unknown>): string {
  if (defaultText !== undefined) return defaultText;
  if (takes === 'none') return 'off';
  if (initial === null) return 'none';
  return Array.isArray(initial) ? initial.join(' ') : pythonText(initial);
}

function spellCall({ names, takes }: Flag<unknown>, separator = '|'): string {
  const word = names[0].toUpperCase();
  const words = { none: '', one: ` ${word}`, some: ` ${word} ...`, any: ` [${word} ...]` };
  return `${names.map((name) => `-${name}`).join(separator)}${words[takes]}`;
}

function layOut(call: string, explanation: string): string {
  const start = `  ${call}`;
  const lines = fill(explanation, INDENT);
  if (start.length >= INDENT - 1) return `${start}\n${lines}\n`;
  return `${start.padEnd(INDENT)}${lines.trimStart()}\n`;
}

/** Breaks lines between words, each indented. */
function fill(text: string, indent: number): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length <= WIDTH - indent) {
      line = longer;
    } else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line].map((each) => ' '.repeat(indent) + each).join('\n');
}
