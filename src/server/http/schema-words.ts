// Schemas and values in words, for the sentences of refusals.

/** A schema as plain JSON, which is what TypeBox makes. */
export type Schema = Readonly<Record<string, unknown>>;

/** What a value is, in words. */
export function nameKind(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

const kinds: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  null: 'null',
  array: 'a list',
  object: 'an object',
};

const plurals: Readonly<Record<string, string | undefined>> = {
  string: 'strings',
  number: 'numbers',
  integer: 'whole numbers',
  array: 'lists',
  object: 'objects',
};

/** A list in words, its entries too: `a list of lists of strings`. */
function listExpectation(items: unknown): string {
  if (!isSchema(items)) return 'a list';
  const plural = plurals[String(items.type)];
  if (plural === undefined) return `a list, each of ${expectation(items)}`;
  const rest = items.type === 'array' ? listExpectation(items.items).slice('a list'.length) : '';
  return `a list of ${plural}${rest}`;
}

/** What a schema takes, in words. */
export function expectation(schema: Schema): string {
  if ('const' in schema) return JSON.stringify(schema.const);
  if (Array.isArray(schema.enum)) return listed(schema.enum.map((one) => JSON.stringify(one)));
  if (Array.isArray(schema.anyOf)) {
    return listed([...new Set((schema.anyOf as Schema[]).map(expectation))]);
  }
  if (schema.type === 'array') return listExpectation(schema.items);
  return kinds[String(schema.type)] ?? 'something else';
}

function listed(names: readonly string[]): string {
  if (names.length <= 1) return names.join('');
  return `${names.slice(0, -1).join(', ')} or ${names[names.length - 1]}`;
}

/** Whether a part of a schema is one itself. */
export function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
