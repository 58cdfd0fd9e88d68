// Whether the figures are of now. The one thing on the page that is read aloud when it changes, and only then.
import type { JSX } from 'preact';
import { clockText } from '../charts/figure-text.js';
import type { Connection } from './polling.js';

function words(connection: Connection): string {
  if (connection.state === 'connecting') return 'Connecting';
  if (connection.state === 'live') return 'Live';
  return `No answer since ${clockText(connection.since)}`;
}

export function ConnectionBadge({ connection }: { readonly connection: Connection }): JSX.Element {
  return (
    <p class={`badge badge-${connection.state}`} role="status">
      <span class="badge-dot" aria-hidden="true" />
      {words(connection)}
    </p>
  );
}
