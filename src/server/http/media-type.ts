// The Content-Type of a request, read strictly: what is not understood is refused, never guessed.

export interface MediaType {
  /** type/subtype in lower case. */
  readonly name: string;
  /** Parameters by lower-case name. */
  readonly parameters: ReadonlyMap<string, string>;
}

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const typePattern = new RegExp(`^(${token}/${token})[ \\t]*(?:;|$)`);
const parameterPattern = new RegExp(`[ \\t]*(${token})=(${token}|"[^"\\\\]*")[ \\t]*(?:;|$)`, 'y');

/** Reads a Content-Type (RFC 9110, section 8.3.1); undefined when it is none. */
export function parseMediaType(header: string): MediaType | undefined {
  const text = header.trim();
  const start = typePattern.exec(text);
  if (start === null) return undefined;
  const parameters = new Map<string, string>();
  parameterPattern.lastIndex = start[0].length;
  while (parameterPattern.lastIndex < text.length) {
    const found = parameterPattern.exec(text);
    if (found === null) return undefined;
    const name = found[1].toLowerCase();
    // The second of two would be the one that somebody else's reader takes.
    if (parameters.has(name)) return undefined;
    parameters.set(name, found[2].startsWith('"') ? found[2].slice(1, -1) : found[2]);
  }
  return { name: start[1].toLowerCase(), parameters };
}
