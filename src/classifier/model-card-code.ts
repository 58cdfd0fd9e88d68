// How a name from the data stands in README.md.

/** A name from the data as code: no mark-up in it is heeded, and no line of a table broken. */
export function code(name: string): string {
  const line = name.replace(/[\r\n]+/g, ' ').replace(/\|/g, '\\|');
  const longest = Math.max(0, ...(line.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = '`'.repeat(longest + 1);
  return longest === 0 ? `${fence}${line}${fence}` : `${fence} ${line} ${fence}`;
}
