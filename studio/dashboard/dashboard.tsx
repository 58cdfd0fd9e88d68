// The page: head, figures, charts, tables.
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { ConnectionBadge } from './connection-badge.js';
import { FigureCharts, FigureTiles } from './figure-charts.js';
import { type Polled, usePolledStatus } from './polling.js';
import { CountsTable, ErrorsTable, PresentTable, SettingsList } from './status-tables.js';

function Head({ connection, status }: Polled): JSX.Element {
  const version = status?.version;
  return (
    <header class="head">
      <div class="head-names">
        <h1>Encoder service</h1>
        <p class="muted">
          {status?.model ?? 'waiting for its first answer'}
          {version !== undefined && <span class="head-version">polytag {version}</span>}
        </p>
      </div>
      <ConnectionBadge connection={connection} />
    </header>
  );
}

function Placeholder({ connection }: Pick<Polled, 'connection'>): JSX.Element {
  return (
    <p class="card placeholder muted">
      {connection.state === 'lost'
        ? 'The service does not answer. This page goes on asking, and shows its figures as soon as it does.'
        : 'Asking the service for its figures.'}
    </p>
  );
}

export function Dashboard(): JSX.Element {
  const polled = usePolledStatus();
  const { connection, status, history } = polled;
  const model = status?.model;
  useEffect(() => {
    document.title = model === undefined ? 'Encoder service' : `${model} · Encoder service`;
  }, [model]);
  return (
    <div class={`page page-${connection.state}`}>
      <Head {...polled} />
      <main>
        {status === undefined ? (
          <Placeholder connection={connection} />
        ) : (
          <>
            {connection.state === 'lost' && (
              <p class="card notice">
                The service does not answer. The figures below are the last that it gave.
              </p>
            )}
            <FigureTiles history={history} status={status} />
            <FigureCharts history={history} status={status} />
            <div class="tables">
              <PresentTable status={status} />
              <CountsTable status={status} />
              <ErrorsTable errors={status.lastErrors} />
            </div>
            <SettingsList settings={status.settings} />
          </>
        )}
      </main>
      <footer class="muted small">
        <a href="status/server">Status as JSON</a>
        <a href="openapi.json">Interface (OpenAPI)</a>
      </footer>
    </div>
  );
}
