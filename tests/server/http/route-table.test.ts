// Paths to routes: literals before templates, templates with suffixes, and whose refusal it is.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Dialect, DialectRoute } from '../../../src/server/dialects/dialect.js';
import { RouteTable } from '../../../src/server/http/route-table.js';

function route(method: DialectRoute['method'], path: string): DialectRoute {
  return { method, path, summary: '', answers: {}, answer: () => ({}) };
}

function dialect(name: string, ...routes: readonly DialectRoute[]): Dialect {
  return { name, title: name, routes, example: '', refuse: () => ({}) };
}

const table = new RouteTable([
  dialect('own', route('post', '/v1/score'), route('get', '/v1/models')),
  dialect(
    'other',
    route('post', '/v1/models'),
    route('get', '/v1/models'),
    route('get', '/v1/models/{name}'),
    route('post', '/v1/models/{model}:predict'),
    route('get', '/v2/{a}/x/{b}'),
    route('get', '/$discovery/rest'),
  ),
]);

function found(method: string, path: string): unknown {
  const match = table.find(method, path);
  return match && [match.dialect.name, match.route.path, match.parameters];
}

describe('RouteTable', () => {
  it.each([
    ['post', '/v1/score', ['own', '/v1/score', {}]],
    ['get', '/v1/models', ['own', '/v1/models', {}]],
    ['post', '/v1/models', ['other', '/v1/models', {}]],
    ['get', '/v1/models/a.b', ['other', '/v1/models/{name}', { name: 'a.b' }]],
    ['post', '/v1/models/a:predict', ['other', '/v1/models/{model}:predict', { model: 'a' }]],
    ['get', '/v2/p%2Fq/x/%C3%BC', ['other', '/v2/{a}/x/{b}', { a: 'p/q', b: 'ü' }]],
    ['get', '/$discovery/rest', ['other', '/$discovery/rest', {}]],
    ['get', '/v1/models/', undefined],
    ['get', '/v1/models/a/b', undefined],
    ['get', '/v1xscore', undefined],
    ['put', '/v1/score', undefined],
  ])('%s %s', (method, path, expected) => {
    expect(found(method, path)).toEqual(expected);
  });

  it('knows the methods of a path', () => {
    expect(table.methodsOf('/v1/models').sort()).toEqual(['get', 'post']);
    expect(table.methodsOf('/v1/models/x:predict').sort()).toEqual(['get', 'post']);
    expect(table.methodsOf('/nothing')).toEqual([]);
  });

  it('refuses a path that is no UTF-8', () => {
    expect(() => table.find('get', '/v1/models/%ff')).toThrow('percent-encoding');
  });

  it('gives refusals to the dialect with the most in common, or else the first', () => {
    expect(table.dialectFor('/v2/x/y').name).toBe('other');
    expect(table.dialectFor('/v1/models/x/y').name).toBe('own');
    expect(table.dialectFor('/v1/other').name).toBe('own');
    expect(table.dialectFor('/nothing').name).toBe('own');
    expect(table.dialectFor('/v2').name).toBe('other');
  });

  it('finds nothing outside its routes, whatever the path', () => {
    fc.assert(
      fc.property(fc.webPath(), (path) => {
        try {
          const match = table.find('get', path);
          if (match !== undefined) expect(path).toMatch(/^\/(?:v1\/models|v2\/|\$discovery)/);
        } catch (error) {
          expect(error).toHaveProperty('code', 'REQUEST_INVALID');
        }
      }),
    );
  });
});
