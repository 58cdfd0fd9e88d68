// The OpenAPI document of a classifier service: every dialect's routes, each listed under its dialect.
import { packageVersion } from '../../runtime/index.js';
import type { Dialect } from '../dialects/dialect.js';
import { openApiDocument } from './open-api.js';

/** @param hasKeys whether requests need an API key @returns JSON */
export function describeDialects(dialects: readonly Dialect[], hasKeys: boolean): string {
  const document = openApiDocument({
    title: 'polytag',
    version: packageVersion(),
    description:
      'Texts in; labels, vectors and reasons out, as the clients of several services ask for them.',
    hasKeys,
    routes: dialects.flatMap(({ title, routes }) =>
      routes.map((route) => ({ ...route, tag: title, isOpen: route.access === 'open' })),
    ),
  });
  return JSON.stringify(document);
}
