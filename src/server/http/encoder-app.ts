// The routes of the encoder service, and what is done to every answer.
import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { apiRoutes, describeApi } from './api-description.js';
import { compressAnswers } from './compression.js';
import { answerEncode, clientName, type HttpContext, type RouteResources } from './encode-route.js';
import { type PageFile, readPage } from './page-files.js';
import { ClientGone, Refusal, refusalFor, refusalHeaders, refusalRecord } from './refusal.js';

export interface EncoderAppOptions {
  readonly resources: RouteResources;
  /** Origins that may read answers: `*`, one, or several with commas between; empty for none. */
  readonly cors: string;
  /** Where the service listens, as it is told to clients. */
  readonly host: string;
}

type EncoderApp = Hono<{ Bindings: HttpBindings }>;

function answerJson(
  record: object,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const bytes = Buffer.from(JSON.stringify(record));
  return new Response(bytes, {
    status,
    headers: {
      'content-type': 'application/json',
      'content-length': String(bytes.length),
      'cache-control': 'no-store',
      ...headers,
    },
  });
}

function answerRefusal(refusal: Refusal): Response {
  return answerJson(refusalRecord(refusal), refusal.status, refusalHeaders(refusal));
}

function answerFile(file: PageFile, context: HttpContext): Response {
  const headers = { ...file.headers };
  if (context.req.header('if-none-match')?.includes(headers.etag)) {
    delete headers['content-length'];
    return new Response(null, { status: 304, headers });
  }
  return new Response(new Uint8Array(file.bytes), { headers });
}

function addPage(app: EncoderApp, page: ReadonlyMap<string, PageFile>): void {
  for (const [path, file] of page) {
    app.get(path === 'index.html' ? '/' : `/${path}`, (context) => answerFile(file, context));
  }
}

/** Tells a path that is not there from one that is asked for in the wrong way. */
function addRefusals(
  app: EncoderApp,
  pagePaths: Iterable<string>,
  resources: RouteResources,
): void {
  const methods = new Map([...pagePaths].map((path) => [`/${path}`, 'GET']));
  methods.set('/', 'GET');
  for (const { path, method } of apiRoutes) methods.set(path, method.toUpperCase());
  app.notFound((context) => {
    const allowed = methods.get(context.req.path);
    if (allowed === undefined) {
      const known = apiRoutes.map(({ path }) => path).join(', ');
      return answerRefusal(new Refusal('NOT_FOUND', `there is nothing here; there is ${known}`));
    }
    return answerRefusal(
      new Refusal('METHOD_NOT_ALLOWED', `the method is not allowed here; expected ${allowed}`, {
        allow: allowed === 'GET' ? 'GET, HEAD, OPTIONS' : `${allowed}, OPTIONS`,
      }),
    );
  });
  app.onError((error) => {
    // Nobody reads it.
    if (error instanceof ClientGone) return new Response(null, { status: 400 });
    const refusal = refusalFor(error);
    if (refusal.status === 500) resources.onFailure(error);
    return answerRefusal(refusal);
  });
}

function addEveryAnswer(app: EncoderApp, { resources, cors: origins }: EncoderAppOptions): void {
  app.use(async (context, next) => {
    await next();
    context.header('x-content-type-options', 'nosniff');
    if (resources.isClosing()) context.header('connection', 'close');
    // From here on the client takes its answer, or is cut off; Node takes the limit back for the next request.
    context.env.incoming.socket.setTimeout(resources.limits.writeMilliseconds);
  });
  const allowed = origins
    .split(',')
    .map((origin) => origin.trim())
    .filter((origin) => origin !== '');
  if (allowed.length > 0) {
    app.use(
      cors({
        origin: allowed.includes('*') ? '*' : allowed,
        allowMethods: ['GET', 'HEAD', 'POST'],
        exposeHeaders: ['Retry-After'],
        maxAge: 600,
      }),
    );
  }
  app.use(compressAnswers());
}

/** The app; `fetch` of it answers requests. */
export function createEncoderApp(options: EncoderAppOptions): EncoderApp {
  const { resources, host } = options;
  const app: EncoderApp = new Hono<{ Bindings: HttpBindings }>();
  addEveryAnswer(app, options);
  const description = describeApi();
  app.post('/encode', (context) => answerEncode(context, resources));
  app.get('/status/server', (context) =>
    answerJson({ ...resources.service.status(clientName(context)), status: 200 }),
  );
  app.get('/status/client', (context) =>
    answerJson(resources.proxy.describe(resources.service.config(clientName(context)), host)),
  );
  app.get('/health', () => {
    if (resources.isClosing()) throw new Refusal('SERVICE_CLOSING', 'the service is closing');
    return answerJson({ status: 200, health: 'serving' });
  });
  app.get('/openapi.json', () => answerJson(description));
  const page = readPage('dashboard');
  addPage(app, page);
  addRefusals(app, page.keys(), resources);
  return app;
}
