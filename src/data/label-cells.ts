// Reads what a cell says about labels: one value, or a list of names.

/**
 * How a column of label lists is written: arrays (`["a","b"]` or `['a', 'b']`), names separated by a
 * character, or one name a cell.
 */
export type ListStyle = 'array' | '|' | ';' | ',' | 'single';

/** In words, for messages. */
export const listStyleInWords: Readonly<Record<ListStyle, string>> = {
  array: 'an array such as ["a", "b"], as in the first rows',
  '|': 'names separated by |, as in the first rows',
  ';': 'names separated by ;, as in the first rows',
  ',': 'names separated by commas, as in the first rows',
  single: 'one name, as in the first rows',
};

const longestName = 200;

/**
 * The value of a label cell: 1 (also `1.0`, `true`), 0 (`0.0`, `false`), -1 for unknown (`-1`, `-1.0`, or
 * nothing); undefined for anything else.
 */
export function parseLabelValue(cell: string): 1 | 0 | -1 | undefined {
  switch (cell) {
    case '1':
      return 1;
    case '0':
      return 0;
    case '':
    case '-1':
      return -1;
    default:
      return parseUnusualValue(cell.trim());
  }
}

function parseUnusualValue(cell: string): 1 | 0 | -1 | undefined {
  switch (cell.toLowerCase()) {
    case '':
      return -1;
    case 'true':
      return 1;
    case 'false':
      return 0;
    default:
      return /^-?[01](?:\.0*)?$/.test(cell) ? toValue(Number(cell)) : undefined;
  }
}

function toValue(value: number): 1 | 0 | -1 {
  return value === 0 ? 0 : value > 0 ? 1 : -1;
}

/**
 * The names in a cell of a column of lists.
 *
 * @returns the names (each once, none empty); an empty list if no label applies; null if that is unknown
 *   (an empty cell among arrays, which write an empty list as `[]`); undefined if the cell is no such list
 */
export function parseLabelList(cell: string, style: ListStyle): string[] | null | undefined {
  const trimmed = cell.trim();
  if (style !== 'array') {
    const names = style === 'single' ? [trimmed] : trimmed.split(style);
    return tidy(names);
  }
  if (trimmed === '') {
    return null;
  }
  const items = parseArray(trimmed);
  return items && tidy(items);
}

function tidy(names: readonly string[]): string[] | undefined {
  const tidied = new Set(names.map((name) => name.trim()).filter((name) => name !== ''));
  for (const name of tidied) {
    if (name.length > longestName) {
      return undefined;
    }
  }
  return [...tidied];
}

function parseArray(text: string): string[] | undefined {
  if (!text.startsWith('[') || !text.endsWith(']')) {
    return undefined;
  }
  try {
    return jsonItems(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) {
      return parsePythonList(text.slice(1, -1));
    }
    throw error;
  }
}

function jsonItems(value: unknown): string[] | undefined {
  const items: string[] = [];
  for (const item of Array.isArray(value) ? value : [value]) {
    if (typeof item === 'string' || typeof item === 'number' || typeof item === 'boolean') {
      items.push(String(item));
    } else if (item !== null) {
      return undefined;
    }
  }
  return items;
}

/** Items as Python prints them: 'a', "b's", 3, None; numpy leaves the commas out. */
function parsePythonList(text: string): string[] | undefined {
  const item =
    /\s*(?:'([^'\\]*(?:\\.[^'\\]*)*)'|"([^"\\]*(?:\\.[^"\\]*)*)"|([^\s,'"[\](){}]+))\s*,?\s*/sy;
  const items: string[] = [];
  let at = 0;
  while (at < text.length) {
    item.lastIndex = at;
    const match = item.exec(text);
    if (match === null) {
      return text.slice(at).trim() === '' ? items : undefined;
    }
    const [, single, double, bare] = match as readonly (string | undefined)[];
    const quoted = single ?? double;
    if (quoted !== undefined) {
      items.push(unescapePython(quoted));
    } else if (bare !== undefined && bare !== 'None' && bare !== 'nan') {
      items.push(bare);
    }
    at = item.lastIndex;
  }
  return items;
}

function unescapePython(text: string): string {
  return text.replace(
    /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|(.))/gis,
    (_, two?: string, four?: string, other = '') => {
      const code = two ?? four;
      if (code !== undefined) {
        return String.fromCharCode(Number.parseInt(code, 16));
      }
      const controls: Record<string, string> = { n: '\n', t: '\t', r: '\r' };
      return controls[String(other)] ?? String(other);
    },
  );
}

/** The style that a column's filled cells follow if it is a column of lists or names at all. */
export function recogniseListStyle(cells: readonly string[]): ListStyle {
  if (cells.length > 0 && cells.every((cell) => parseLabelList(cell, 'array') !== undefined)) {
    return 'array';
  }
  // A comma may belong to a name (`Food, drink|Travel`), a bar hardly ever.
  for (const style of ['|', ';', ','] as const) {
    if (cells.some((cell) => cell.includes(style))) {
      return style;
    }
  }
  return 'single';
}
