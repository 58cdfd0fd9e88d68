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
  readonly routes: readonly ApiRoute[];
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
    ...(schema && { content: content({ [mediaType]: schema }) }),
  };
}

function describeRoute({ summary, body, answers }: ApiRoute): Record<string, unknown> {
  return {
    summary,
    ...(body && { requestBody: { required: true, content: content(body) } }),
    responses: Object.fromEntries(
      Object.entries(answers).map(([status, answer]) => [status, describeAnswer(answer)]),
    ),
  };
}

/** The document (https://spec.openapis.org/oas/v3.1.1). */
export function openApiDocument(api: ApiDescription): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of api.routes) {
    paths[route.path] = { ...paths[route.path], [route.method]: describeRoute(route) };
  }
  const { title, version, description } = api;
  return {
    openapi: '3.1.1',
    info: { title, version, description },
    // Relative: wherever the document was read is where the service is.
    servers: [{ url: '.' }],
    paths,
  };
}
