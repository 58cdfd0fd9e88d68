// The figures in words and numbers: what went wrong, what the service was started with.
import type { JSX } from 'preact';
import { clockText, countText, durationText, millisecondsText } from '../charts/figure-text.js';
import type { ServedError, ServerStatus } from './server-status.js';

type Row = readonly [name: string, value: string];

function Figures({
  caption,
  rows,
}: {
  readonly caption: string;
  readonly rows: readonly Row[];
}): JSX.Element {
  return (
    <table>
      <caption>{caption}</caption>
      <tbody>
        {rows.map(([name, value]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td class="number">{value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Counts since the start. */
export function CountsTable({ status }: { readonly status: ServerStatus }): JSX.Element {
  return (
    <section class="card">
      <Figures
        caption="Since the start"
        rows={[
          ['Requests', countText(status.requests)],
          ['Sequences', countText(status.sequences)],
          ['Requests failed', countText(status.failedRequests)],
          ['Requests refused', countText(status.refusedRequests)],
          ['Texts truncated', countText(status.truncatedTexts)],
          ['Messages dropped', countText(status.droppedMessages)],
          ['Replies dropped', countText(status.droppedReplies)],
          ['Worker restarts', countText(status.workerRestarts)],
        ]}
      />
    </section>
  );
}

/** What holds at this moment. */
export function PresentTable({ status }: { readonly status: ServerStatus }): JSX.Element {
  return (
    <section class="card">
      <Figures
        caption="Right now"
        rows={[
          ['Up for', durationText(status.uptimeSeconds)],
          ['Workers', countText(status.workers)],
          ['Active clients', countText(status.activeClients)],
          ['Texts waiting', countText(status.waitingTexts)],
          ['Latency, median', millisecondsText(status.latency.median)],
          ['Latency, 95 %', millisecondsText(status.latency.p95)],
          ['Latency, 99 %', millisecondsText(status.latency.p99)],
          ['Latency, slowest', millisecondsText(status.latency.max)],
        ]}
      />
    </section>
  );
}

/** The newest errors; each in the words that its client was given. */
export function ErrorsTable({ errors }: { readonly errors: readonly ServedError[] }): JSX.Element {
  return (
    <section class="card">
      <h2>Last errors</h2>
      {errors.length === 0 ? (
        <p class="muted">None since the start.</p>
      ) : (
        <ul class="errors" tabIndex={0} aria-label="Last errors">
          {errors.map(({ time, client, code, message }, index) => (
            <li key={`${time} ${index}`}>
              <p class="error-head small muted">
                <time dateTime={time}>{clockText(time)}</time>
                <code>{code}</code>
                <span class="error-client">{client}</span>
              </p>
              <p class="error-message">{message}</p>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** Every flag with its value. */
export function SettingsList({
  settings,
}: {
  readonly settings: ServerStatus['settings'];
}): JSX.Element {
  return (
    <section class="card">
      <h2>Settings</h2>
      <dl class="settings">
        {settings.map(([name, value]) => (
          <div key={name} class="setting">
            <dt>
              <code>{name}</code>
            </dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
