// What is asked of the service itself: whether it lives, what it does, and how it is spoken to.
import { metricsMediaType } from '../operations/metrics/metric-text.js';
import type { Dialect, DialectRoute } from './dialect.js';
import { refusals, refuseNatively } from './native/answers.js';
import { Type } from '../http/schema.js';

export interface ServiceDialectOptions {
  /** In Prometheus' text format. */
  readonly renderMetrics: () => string;
  /** The record of GET /v1/figures; undefined where nobody keeps figures. */
  readonly figures?: (() => unknown) | undefined;
  /** The JSON text of the OpenAPI document. */
  readonly describe: () => string;
}

const statusSchema = Type.Object({ status: Type.String() });

const healthRoutes: readonly DialectRoute[] = [
  {
    method: 'get',
    path: '/health/live',
    access: 'open',
    answersWhileClosing: true,
    summary: 'Whether the process answers.',
    answers: { 200: { description: 'It does.', schema: statusSchema } },
    answer: () => ({ body: { status: 'live' } }),
  },
  {
    method: 'get',
    path: '/health/ready',
    access: 'open',
    summary: 'Whether the service takes requests.',
    answers: { 200: { description: 'It does.', schema: statusSchema }, 503: refusals[503] },
    answer: () => ({ body: { status: 'ready' } }),
  },
];

function figureRoutes({ renderMetrics, figures }: ServiceDialectOptions): readonly DialectRoute[] {
  const routes: DialectRoute[] = [
    {
      method: 'get',
      path: '/metrics',
      summary: "The metrics, in Prometheus' text format.",
      answers: { 200: { description: 'Metrics.', mediaType: 'text/plain' }, ...refusals },
      answer: () => ({ bytes: renderMetrics(), contentType: metricsMediaType }),
    },
  ];
  if (figures !== undefined) {
    routes.push({
      method: 'get',
      path: '/v1/figures',
      summary: 'The service at a glance, and its last minutes.',
      answers: { 200: { description: 'Figures.' }, ...refusals },
      answer: () => ({ body: figures() }),
    });
  }
  return routes;
}

export function createServiceDialect(options: ServiceDialectOptions): Dialect {
  return {
    name: 'service',
    title: 'The service itself',
    routes: [
      ...healthRoutes,
      ...figureRoutes(options),
      {
        method: 'get',
        path: '/openapi.json',
        summary: 'This document.',
        answers: { 200: { description: 'OpenAPI 3.1.' }, ...refusals },
        answer: () => ({ bytes: options.describe() }),
      },
    ],
    example: 'curl {origin}/openapi.json',
    refuse: refuseNatively,
  };
}
