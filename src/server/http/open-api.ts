// Puts an OpenAPI 3.1 document together from the routes and the schemas that validate their bodies.
import type { TSchema } from 'typebox';

/** One answer of a route. */
export interface ApiAnswer {
  readonly description: string;
  readonly schema?: TSchema | undefined;
  /** Default application/json, where there is a schema. */
  readonly mediaType?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** One route as clients see it. */
export interface ApiRoute {
  readonly method: 'get' | 'post' | 'put';
  readonly path: string;
  readonly summary: string;
  /** Schemas of the body, by media type. */
  readonly body?: Readonly<Record<string, TSchema>> | undefined;
  /** By status. */
  readonly answers: Readonly<Record<number, ApiAnswer>>;
}

export interface ApiDescription {
  readonly title: string;
  readonly version: string;
  readonly description: string;
  readonly routes: readonly (ApiRoute & {
    /** What it is listed under. */
    readonly tag?: string | undefined;
    /** Whether it is answered without a key. Default false. */
    readonly isOpen?: boolean | undefined;
  })[];
  /** Whether keys are spoken of at all. Default false. */
  readonly hasKeys?: boolean | undefined;
}

function content(schemas: Readonly<Record<string, TSchema>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(schemas).map(([type, schema]) => [type, { schema }]));
}

function describeAnswer({
  description,
  schema,
  mediaType = 'application/json',
  headers,
}: ApiAnswer): Record<string, unknown> {
  return {
    description,
    ...(headers && {
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, text]) => [
          name,
          { description: text, schema: { type: 'string' } },
        ]),
      ),
    }),
    ...((schema !== undefined || mediaType !== 'application/json') && {
      content: content({ [mediaType]: schema ?? { type: 'string' } }),
    }),
  };
}

/** The parameters of a path template. */
function describeParameters(path: string): Record<string, unknown>[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function describeRoute(
  { summary, body, answers, path, tag, isOpen }: ApiDescription['routes'][number],
  hasKeys: boolean,
): Record<string, unknown> {
  const parameters = describeParameters(path);
  return {
    summary,
    ...(tag !== undefined && { tags: [tag] }),
    ...(parameters.length > 0 && { parameters }),
    ...(hasKeys && isOpen === true && { security: [] }),
    ...(body && { requestBody: { required: true, content: content(body) } }),
    responses: Object.fromEntries(
      Object.entries(answers).map(([status, answer]) => [status, describeAnswer(answer)]),
    ),
  };
}

const keysInOpenApi = {
  security: [{ bearer: [] }, { header: [] }],
  components: {
    securitySchemes: {
      bearer: { type: 'http', scheme: 'bearer' },
      header: { type: 'apiKey', in: 'header', name: 'x-api-key' },
    },
  },
};

/** The document (https://spec.openapis.org/oas/v3.1.1). */
export function openApiDocument(api: ApiDescription): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of api.routes) {
    // Where two have a route in common, the first answers it.
    paths[route.path] = {
      [route.method]: describeRoute(route, api.hasKeys === true),
      ...paths[route.path],
    };
  }
  const { title, version, description, hasKeys } = api;
  return {
    openapi: '3.1.1',
    info: { title, version, description },
    // Relative: wherever the document was read is where the service is.
    servers: [{ url: '.' }],
    ...(hasKeys === true && keysInOpenApi),
    paths,
  };
}
