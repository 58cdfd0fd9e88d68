// Checks a parsed body against a route's schema, and says in a sentence where it does not fit.
//
// TypeBox's own compiler takes longer to load than all the rest of a server, and its messages speak of schemas, not
// of what a client sent. This reads the part of JSON Schema that the schemas in here are written in, and refuses
// to read any other.
import type { Static, TSchema } from 'typebox';
import { Refusal } from './refusal.js';
import { expectation, isSchema, nameKind, type Schema } from './schema-words.js';

/** What is wrong, and how deep in the body it is: of several alternatives the deepest fault says most. */
interface Fault {
  readonly sentence: string;
  readonly depth: number;
}

const understood: ReadonlySet<string> = new Set([
  ...['type', 'const', 'enum', 'anyOf', 'items', 'properties', 'required'],
  ...[
    'additionalProperties',
    'patternProperties',
    'minItems',
    'maxItems',
    'minLength',
    'maxLength',
  ],
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'pattern'],
  // These say nothing about what is valid.
  ...[
    'description',
    'title',
    'default',
    'examples',
    'deprecated',
    '$comment',
    '~kind',
    '~optional',
  ],
]);

function isOfType(value: unknown, type: unknown): boolean {
  switch (type) {
    case 'string':
    case 'boolean':
      return typeof value === type;
    case 'number':
      return typeof value === 'number' && Number.isFinite(value);
    case 'integer':
      return Number.isInteger(value);
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isSchema(value);
    default:
      throw new Error(`a schema has the type ${String(type)}`);
  }
}

/** Bounds in words; each holds unless it is given and broken. */
function brokenBound(
  schema: Schema,
  value: number,
  unit: string,
  names: Bounds,
): string | undefined {
  const least = schema[names.least];
  const most = schema[names.most];
  if (typeof least === 'number' && value < least) return `at least ${least}${unit}`;
  if (typeof most === 'number' && value > most) return `at most ${most}${unit}`;
  return undefined;
}

interface Bounds {
  readonly least: string;
  readonly most: string;
}

function checkString(schema: Schema, value: string, at: string, depth: number): Fault | undefined {
  const bounds = { least: 'minLength', most: 'maxLength' };
  const bound = brokenBound(schema, value.length, ' characters', bounds);
  if (bound !== undefined) {
    const found = value.length === 0 ? 'empty' : `${value.length} characters long`;
    return { sentence: `${at} is ${found}; expected ${bound}`, depth };
  }
  if (typeof schema.pattern === 'string' && !new RegExp(schema.pattern, 'u').test(value)) {
    return { sentence: `${at} does not match ${schema.pattern}`, depth };
  }
  return undefined;
}

function checkNumber(schema: Schema, value: number, at: string, depth: number): Fault | undefined {
  const { exclusiveMinimum: above, exclusiveMaximum: below } = schema;
  let expected = brokenBound(schema, value, '', { least: 'minimum', most: 'maximum' });
  if (typeof above === 'number' && value <= above) expected = `more than ${above}`;
  if (typeof below === 'number' && value >= below) expected = `less than ${below}`;
  return expected === undefined
    ? undefined
    : { sentence: `${at} is ${value}; expected ${expected}`, depth };
}

function checkArray(
  schema: Schema,
  value: readonly unknown[],
  at: string,
  depth: number,
): Fault | undefined {
  const bounds = { least: 'minItems', most: 'maxItems' };
  const bound = brokenBound(schema, value.length, '', bounds);
  if (bound !== undefined) {
    const found = value.length === 0 ? 'is empty' : `has ${value.length} entries`;
    return { sentence: `${at} ${found}; expected ${bound}`, depth: depth + 1 };
  }
  if (!isSchema(schema.items)) return undefined;
  for (let index = 0; index < value.length; index++) {
    const fault = check(schema.items, value[index], `${at}[${index}]`, depth + 1);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** Names of members are a client's own words: shown as JSON where they are not plain, and cut where long. */
function memberName(at: string, name: string): string {
  const shown = /^[\w$-]{1,64}$/.test(name) ? name : JSON.stringify(name.slice(0, 64));
  return at === '' ? shown : `${at}.${shown}`;
}

/** The schema of a member that `properties` does not name; undefined where anything may stand there. */
function otherMember(schema: Schema, name: string): Schema | boolean | undefined {
  const { patternProperties: patterns, additionalProperties: additional } = schema;
  if (isSchema(patterns)) {
    for (const [pattern, member] of Object.entries(patterns)) {
      // Names may hold line ends as well.
      if (new RegExp(pattern, 'su').test(name)) return member as Schema;
    }
  }
  return additional === false || isSchema(additional) ? additional : undefined;
}

function checkObject(schema: Schema, value: Schema, at: string, depth: number): Fault | undefined {
  const properties = isSchema(schema.properties) ? schema.properties : {};
  const required = Array.isArray(schema.required) ? (schema.required as string[]) : [];
  for (const name of required) {
    if (Object.hasOwn(value, name) && value[name] !== undefined) continue;
    const expected = expectation(properties[name] as Schema);
    const sentence = `${memberName(at, name)} is missing; expected ${expected}`;
    return { sentence, depth: depth + 1 };
  }
  for (const name of Object.keys(value)) {
    // What is not there: JSON cannot say so, but the reader of another format may.
    if (value[name] === undefined) continue;
    const member = Object.hasOwn(properties, name)
      ? (properties[name] as Schema)
      : otherMember(schema, name);
    if (member === undefined || member === true) continue;
    const inside = memberName(at, name);
    if (member === false) return { sentence: `${inside} is not known here`, depth: depth + 1 };
    const fault = check(member, value[name], inside, depth + 1);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function checkAlternatives(
  schema: Schema,
  alternatives: readonly Schema[],
  value: unknown,
  at: string,
  depth: number,
): Fault | undefined {
  let deepest: Fault | undefined;
  for (const alternative of alternatives) {
    const fault = check(alternative, value, at, depth);
    if (fault === undefined) return undefined;
    if (deepest === undefined || fault.depth > deepest.depth) deepest = fault;
  }
  // Where no alternative got further than the value itself, it is all of them that were expected.
  if (deepest !== undefined && (deepest.depth > depth || alternatives.length === 1)) return deepest;
  return wrong(schema, value, at, depth);
}

function wrong(schema: Schema, value: unknown, at: string, depth: number): Fault {
  const place = at === '' ? 'the body' : at;
  const isChoice = 'const' in schema || 'enum' in schema;
  const found =
    isChoice && (typeof value === 'string' || typeof value === 'number')
      ? JSON.stringify(value).slice(0, 80)
      : nameKind(value);
  return { sentence: `${place} is ${found}; expected ${expectation(schema)}`, depth };
}

function check(schema: Schema, value: unknown, at: string, depth: number): Fault | undefined {
  if (Array.isArray(schema.anyOf)) {
    return checkAlternatives(schema, schema.anyOf as Schema[], value, at, depth);
  }
  if ('const' in schema && value !== schema.const) return wrong(schema, value, at, depth);
  if (Array.isArray(schema.enum) && !schema.enum.includes(value)) {
    return wrong(schema, value, at, depth);
  }
  const { type } = schema;
  if (type === undefined) return undefined;
  if (!isOfType(value, type)) return wrong(schema, value, at, depth);
  const place = at === '' ? 'the body' : at;
  // Of the right kind: that is one step further than another kind.
  if (typeof value === 'string') return checkString(schema, value, place, depth + 1);
  if (typeof value === 'number') return checkNumber(schema, value, place, depth + 1);
  if (Array.isArray(value)) return checkArray(schema, value, place, depth);
  return isSchema(value) ? checkObject(schema, value, at, depth) : undefined;
}

/**
 * The keywords in a schema that are not understood here, with their places; none in a schema that may be used.
 * A route's schemas are looked through once, by a test.
 */
export function foreignKeywords(schema: unknown, at = '#'): string[] {
  if (!isSchema(schema)) return [];
  const found = Object.keys(schema)
    .filter((keyword) => !understood.has(keyword))
    .map((keyword) => `${at}/${keyword}`);
  const inside = [
    ...Object.entries(isSchema(schema.properties) ? schema.properties : {}),
    ...Object.entries(isSchema(schema.patternProperties) ? schema.patternProperties : {}),
    ...Object.entries(Array.isArray(schema.anyOf) ? schema.anyOf : {}),
    ['items', schema.items] as const,
    ['additionalProperties', schema.additionalProperties] as const,
  ];
  return [...found, ...inside.flatMap(([name, part]) => foreignKeywords(part, `${at}/${name}`))];
}

/** Whether a parsed body is as the schema says. */
export function fitsSchema<Schema extends TSchema>(
  schema: Schema,
  body: unknown,
): body is Static<Schema> {
  return check(schema as Readonly<Record<string, unknown>>, body, '', 0) === undefined;
}

/**
 * Checks a parsed body.
 * @returns the body itself, with the schema's type
 * @throws Refusal REQUEST_INVALID with a sentence such as `input[2] is a number; expected a string`
 */
export function checkBody<Schema extends TSchema>(schema: Schema, body: unknown): Static<Schema> {
  const fault = check(schema as Readonly<Record<string, unknown>>, body, '', 0);
  if (fault !== undefined) throw new Refusal('REQUEST_INVALID', fault.sentence);
  return body as Static<Schema>;
}
