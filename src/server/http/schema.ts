// Makes the schemas of bodies and answers: TypeBox's notation and types, without TypeBox at run time. Its 300 modules take
// as long to load as all the rest of a server; what they make is plain JSON, and here in full.
import type { Type as TypeBox } from 'typebox';

type Options = Readonly<Record<string, unknown>>;
type Schema = Readonly<Record<string, unknown>>;

/** What is not written in JSON: whether an object may do without the member. */
const optional = '~optional';

function isRequired([, schema]: readonly [string, Schema]): boolean {
  return !Object.hasOwn(schema, optional);
}

function object(properties: Readonly<Record<string, Schema>>, options: Options = {}): Schema {
  const required = Object.entries(properties)
    .filter(isRequired)
    .map(([name]) => name);
  return { type: 'object', ...(required.length > 0 && { required }), properties, ...options };
}

function markOptional(schema: Schema): Schema {
  return Object.defineProperty({ ...schema }, optional, { value: true });
}

const builders: unknown = {
  Object: object,
  Optional: markOptional,
  Array: (items: Schema, options?: Options) => ({ type: 'array', items, ...options }),
  String: (options?: Options) => ({ type: 'string', ...options }),
  Number: (options?: Options) => ({ type: 'number', ...options }),
  Integer: (options?: Options) => ({ type: 'integer', ...options }),
  Boolean: (options?: Options) => ({ type: 'boolean', ...options }),
  Null: (options?: Options) => ({ type: 'null', ...options }),
  Literal: (value: string | number | boolean, options?: Options) => ({
    type: typeof value,
    const: value,
    ...options,
  }),
  Enum: (values: readonly (string | number)[], options?: Options) => ({
    enum: values,
    ...options,
  }),
  Union: (schemas: readonly Schema[], options?: Options) => ({ anyOf: schemas, ...options }),
  Record: (_: Schema, value: Schema, options?: Options) => ({
    type: 'object',
    patternProperties: { '^.*$': value },
    ...options,
  }),
  Unknown: (options?: Options) => ({ ...options }),
  Unsafe: (schema: Schema) => schema,
};

/** The part of TypeBox's notation that the schemas in here are written in. */
export const Type = builders as Pick<
  typeof TypeBox,
  | 'Object'
  | 'Optional'
  | 'Array'
  | 'String'
  | 'Number'
  | 'Integer'
  | 'Boolean'
  | 'Null'
  | 'Literal'
  | 'Enum'
  | 'Union'
  | 'Record'
  | 'Unknown'
  | 'Unsafe'
>;
