// The body of POST /encode: its schema, and a sentence for each way in which a body does not meet it.
import type { Static } from 'typebox';
import { parseForm } from './form-text.js';
import { memberText, parseJson } from './json-text.js';
import { parseMediaType } from './media-type.js';
import { Refusal } from './refusal.js';
import { fitsSchema } from './schema-check.js';
import { Type } from './schema.js';

const textsSchema = Type.Union(
  [
    Type.Array(Type.String(), { minItems: 1, description: 'Texts; "a ||| b" is a pair.' }),
    Type.Array(Type.Array(Type.String()), {
      minItems: 1,
      description: 'Lists of tokens, one for each text; with is_tokenized.',
    }),
  ],
  { description: 'What is encoded, in order.' },
);

/** The JSON body of POST /encode. Members beside these are ignored. */
export const encodeRequestSchema = Type.Object(
  {
    id: Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()], {
      description: 'Comes back as it was sent.',
    }),
    texts: textsSchema,
    is_tokenized: Type.Optional(
      Type.Union([Type.Boolean(), Type.Literal(0), Type.Literal(1)], {
        description: 'Whether the texts are lists of tokens. Default false.',
      }),
    ),
  },
  { description: 'Texts to encode.' },
);

/** A request for vectors. */
export interface EncodeRequest {
  /** The JSON text of its id. */
  readonly id: string;
  readonly texts: Static<typeof textsSchema>;
}

function invalid(problem: string): Refusal {
  return new Refusal('REQUEST_INVALID', problem);
}

function nameKind(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function explainTexts(texts: unknown): string {
  if (texts === undefined) return 'texts is missing; expected a list of strings';
  if (!Array.isArray(texts)) return `texts is ${nameKind(texts)}; expected a list of strings`;
  if (texts.length === 0) return 'texts is empty; expected one text at least';
  const lists = Array.isArray(texts[0]);
  const expected = lists ? 'a list of strings, as the first is' : 'a string';
  const wrong = texts.findIndex((text: unknown) =>
    lists
      ? !Array.isArray(text) || text.some((word) => typeof word !== 'string')
      : typeof text !== 'string',
  );
  const found: unknown = texts[wrong];
  const kind = lists && Array.isArray(found) ? 'a list of other things' : nameKind(found);
  return `texts[${wrong}] is ${kind}; expected ${expected}`;
}

function explain(body: unknown): string {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return `the body is ${nameKind(body)}; expected an object with id and texts`;
  }
  const { id, texts, is_tokenized: tokenized } = body as Record<string, unknown>;
  if (id === undefined) return 'id is missing; expected a string or a number';
  if (typeof id === 'object' && id !== null) {
    return `id is ${nameKind(id)}; expected a string or a number`;
  }
  if (tokenized !== undefined && ![true, false, 0, 1].includes(tokenized as boolean)) {
    return `is_tokenized is ${nameKind(tokenized)}; expected true or false`;
  }
  return explainTexts(texts);
}

/** Validates a body. @throws Refusal REQUEST_INVALID */
function validate(body: unknown): Static<typeof encodeRequestSchema> {
  if (!fitsSchema(encodeRequestSchema, body)) throw invalid(explain(body));
  const tokenized = Boolean(body.is_tokenized);
  const lists = typeof body.texts[0] !== 'string';
  if (tokenized && !lists) {
    throw invalid(
      'is_tokenized is true, but texts are strings; expected a list of tokens for each',
    );
  }
  if (!tokenized && lists) {
    throw invalid('texts are lists of tokens; set is_tokenized to true, or send strings');
  }
  return body;
}

/** texts as one JSON list, or as one field for each text. */
function formTexts(fields: readonly string[], jsonDepth: number): unknown {
  if (fields.length === 0) return undefined;
  if (fields.length > 1) return fields;
  try {
    const { value } = parseJson(Buffer.from(fields[0]), jsonDepth);
    return Array.isArray(value) ? value : fields;
  } catch (error) {
    // Most texts are not JSON.
    if (error instanceof Refusal) return fields;
    throw error;
  }
}

function readForm(bytes: Buffer, jsonDepth: number): EncodeRequest {
  const form = parseForm(bytes);
  const tokenized = form.get('is_tokenized')?.[0];
  const flags: Record<string, unknown> = { true: true, '1': 1, false: false, '0': 0 };
  const body = validate({
    id: form.get('id')?.[0],
    texts: formTexts(form.get('texts') ?? [], jsonDepth),
    is_tokenized: tokenized === undefined ? undefined : (flags[tokenized] ?? tokenized),
  });
  return { id: JSON.stringify(body.id), texts: body.texts };
}

function readJson(bytes: Buffer, jsonDepth: number): EncodeRequest {
  const { value, text } = parseJson(bytes, jsonDepth);
  const body = validate(value);
  const exact = typeof body.id === 'number' ? memberText(text, 'id') : undefined;
  return { id: exact ?? JSON.stringify(body.id), texts: body.texts };
}

/** The two ways to send a request, by media type. */
const readers: ReadonlyMap<string, typeof readJson> = new Map([
  ['application/json', readJson],
  ['application/x-www-form-urlencoded', readForm],
]);

/**
 * How the body with this Content-Type is read.
 * @throws Refusal MEDIA_TYPE_UNSUPPORTED
 */
export function encodeRequestReader(contentType: string | undefined): typeof readJson {
  const type = parseMediaType(contentType ?? '');
  const charset = type?.parameters.get('charset')?.toLowerCase() ?? 'utf-8';
  const reader =
    charset === 'utf-8' || charset === 'utf8' ? readers.get(type?.name ?? '') : undefined;
  if (reader !== undefined) return reader;
  throw new Refusal(
    'MEDIA_TYPE_UNSUPPORTED',
    `the Content-Type is ${contentType === undefined ? 'missing' : 'not supported'}; expected application/json, in UTF-8`,
    { connection: 'close' },
  );
}
