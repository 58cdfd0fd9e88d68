// Bodies against schemas: the same verdicts as TypeBox's own validator, and sentences that say what is wrong.
import fc from 'fast-check';
import { type TSchema, Type as TypeBox } from 'typebox';
import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import { createDialects } from '../../../src/server/dialects/index.js';
import { Type } from '../../../src/server/http/schema.js';
import { checkBody, fitsSchema, foreignKeywords } from '../../../src/server/http/schema-check.js';

const schema = Type.Object({
  input: Type.Union([
    Type.String({ minLength: 1 }),
    Type.Array(Type.String(), { minItems: 1, maxItems: 3 }),
  ]),
  n: Type.Optional(Type.Integer({ minimum: 0, maximum: 10 })),
  mode: Type.Optional(Type.Enum(['a', 'b'])),
  scores: Type.Optional(Type.Record(Type.String(), Type.Number({ minimum: 0, maximum: 1 }))),
  none: Type.Optional(Type.Union([Type.Null(), Type.Boolean()])),
});

function problemOf(body: unknown): string {
  try {
    checkBody(schema, body);
    return 'fits';
  } catch (error) {
    return (error as Error).message;
  }
}

describe('checkBody', () => {
  it.each([
    [{ input: 'x' }, 'fits'],
    [{ input: ['a', 'b', 3] }, 'input[2] is a number; expected a string'],
    [{ input: 5 }, 'input is a number; expected a string or a list of strings'],
    [{}, 'input is missing; expected a string or a list of strings'],
    [[], 'the body is an empty list; expected an object'],
    [null, 'the body is null; expected an object'],
    [{ input: '' }, 'input is empty; expected at least 1 characters'],
    [{ input: ['a', 'b', 'c', 'd'] }, 'input has 4 entries; expected at most 3'],
    [{ input: 'x', n: 1.5 }, 'n is a number; expected a whole number'],
    [{ input: 'x', n: 11 }, 'n is 11; expected at most 10'],
    [{ input: 'x', mode: 'c' }, 'mode is "c"; expected "a" or "b"'],
    [{ input: 'x', scores: { toxic: 2 } }, 'scores.toxic is 2; expected at most 1'],
    [{ input: 'x', scores: { 'a\nb': 'x' } }, 'scores."a\\nb" is a string; expected a number'],
    [{ input: 'x', none: 1 }, 'none is a number; expected null or true or false'],
  ])('%j: %s', (body, sentence) => {
    expect(problemOf(body)).toBe(sentence);
  });

  it('says what all alternatives have against a value, or what they are', () => {
    const ids = Type.Array(Type.Integer(), { minItems: 1 });
    const texts = Type.Array(Type.String(), { minItems: 1 });
    const input = Type.Object({
      input: Type.Union([texts, ids, Type.Array(ids, { minItems: 1 })]),
    });
    const problem = (body: unknown) => {
      try {
        checkBody(input, body);
      } catch (error) {
        return (error as Error).message;
      }
      return 'fits';
    };
    expect(problem({ input: [] })).toBe('input is empty; expected at least 1');
    expect(problem({ input: true })).toBe(
      'input is a boolean; expected a list of strings, a list of whole numbers or a list of lists of whole numbers',
    );
    expect(problem({ input: [[1], []] })).toBe('input[1] is empty; expected at least 1');
  });

  it('takes a member that is undefined for one that is missing', () => {
    expect(problemOf({ input: 'x', n: undefined })).toBe('fits');
    expect(problemOf({ input: undefined })).toBe(
      'input is missing; expected a string or a list of strings',
    );
  });

  it('sees a member that all objects have as any other', () => {
    const body: unknown = JSON.parse('{"input":"x","scores":{"__proto__":"x"}}');
    expect(problemOf(body)).toBe('scores.__proto__ is a string; expected a number');
    expect(problemOf(JSON.parse('{"__proto__":{"input":"x"}}'))).toContain('input is missing');
  });

  it('agrees with the validator of TypeBox', () => {
    const validator = Compile(schema);
    const leaf = fc.oneof(
      fc.constantFrom('', 'x', 'a', 'b', 0, 1, 5, 11, 0.5, -1, null, true, false),
      fc.string(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    );
    const value = fc.oneof(
      leaf,
      fc.array(leaf, { maxLength: 4 }),
      fc.dictionary(fc.string(), leaf),
    );
    const name = fc.constantFrom('input', 'n', 'mode', 'scores', 'none', 'other');
    const body = fc.oneof({ weight: 8, arbitrary: fc.dictionary(name, value) }, value);
    fc.assert(
      fc.property(body, (sent) => {
        expect(fitsSchema(schema, sent)).toBe(validator.Check(sent));
      }),
      { numRuns: 1500 },
    );
  });
});

describe('Type', () => {
  it('makes what TypeBox makes', () => {
    const build = (types: typeof Type): TSchema =>
      types.Object(
        {
          text: types.Optional(types.String({ description: 'd' })),
          list: types.Array(types.Integer({ minimum: 1 }), { maxItems: 2 }),
          kind: types.Union([types.Literal('a'), types.Literal(1), types.Null()]),
          mode: types.Enum(['x', 'y']),
          map: types.Record(types.String(), types.Number(), { description: 'm' }),
          any: types.Optional(types.Unknown()),
          flag: types.Boolean(),
        },
        { additionalProperties: false },
      );
    const plain: unknown = JSON.parse(JSON.stringify(build(TypeBox)));
    expect(JSON.parse(JSON.stringify(build(Type)))).toEqual(plain);
  });
});

describe('the schemas of all dialects', () => {
  const bodies = createDialects({}).flatMap(({ routes }) =>
    routes.flatMap(({ path, body = {} }) =>
      Object.entries(body).map(([mediaType, one]) => [`${path} ${mediaType}`, one] as const),
    ),
  );

  it.each(bodies)('%s is written in what the check understands', (_, body) => {
    expect(foreignKeywords(body)).toEqual([]);
  });
});
