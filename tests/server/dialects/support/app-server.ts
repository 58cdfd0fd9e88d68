// Dialects behind the service's own HTTP side, on a real socket, with keys where a test wants them.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Dialect } from '../../../../src/server/dialects/dialect.js';
import { ClassifierApp } from '../../../../src/server/http/classifier-app.js';
import { HeldBytes } from '../../../../src/server/http/held-bytes.js';
import { httpLimits } from '../../../../src/server/http/http-limits.js';
import { Refusal } from '../../../../src/server/http/refusal.js';
import type { RequestRecord } from '../../../../src/server/operations/operations.js';
import type { ScoringService } from '../../../../src/server/scoring/scoring-service.js';
import type { DialectServer } from './dialect-server.js';

const textsPerRequest = 8;

export interface AppServer extends DialectServer {
  readonly records: readonly RequestRecord[];
}

/** @param key the one that is let in, wherever a client sends it; undefined lets everybody in */
export async function serveApp(
  dialects: readonly Dialect[],
  service: ScoringService,
  key?: string,
  isClosing = false,
): Promise<AppServer> {
  const failures: unknown[] = [];
  const records: RequestRecord[] = [];
  const limits = httpLimits(10, { bodyBytes: 1 << 20 });
  const app = new ClassifierApp({
    service,
    hold: () => () => undefined,
    dialects,
    operations: {
      authorize: (headers, _access, _address, queryKey) => {
        const given = headers.get('authorization')?.replace(/^Bearer /, '') ?? queryKey;
        if (key !== undefined && given !== key) throw new Refusal('UNAUTHORIZED', 'no such key');
        return { client: 'tester' };
      },
      began: () => undefined,
      finished: (record) => {
        records.push(record);
      },
      renderMetrics: () => '',
    },
    limits,
    textsPerRequest,
    deadlineMilliseconds: 10_000,
    heldBodies: new HeldBytes(limits.heldBytes),
    page: new Map(),
    cors: '',
    isClosing: () => isClosing,
    listening: () => '127.0.0.1',
    onFailure: (error) => failures.push(error),
  });
  const server = createServer((incoming, outgoing) => {
    void app.handle(incoming, outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, failures, records };
}
