// How a text was read and by what: tokens, truncation, model, time.
import type { JSX } from 'preact';
import { millisecondsText } from '../../charts/figure-text.js';
import { counted } from '../shell/texts.js';
import type { Scored } from './scored-text.js';

function tokensText({ answer }: Scored): string {
  const { tokens, windows } = answer.texts[0];
  return windows > 1 ? `${tokens} in ${windows} windows` : String(tokens);
}

function stagesText({ answer }: Scored): string {
  const { tokenize, queue, compute } = answer.timings;
  const stages = [
    ['tokenizing', tokenize],
    ['queue', queue],
    ['model', compute],
  ] as const;
  return stages
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name} ${millisecondsText(value)}`)
    .join(' · ');
}

export function ScoringFacts({ scored }: { readonly scored: Scored }): JSX.Element {
  const { answer, milliseconds } = scored;
  const { truncated } = answer.texts[0];
  const stages = stagesText(scored);
  return (
    <section class="card facts" aria-label="How the text was read">
      {truncated > 0 && (
        <p class="notice">
          The text is longer than the model reads: {counted(truncated, 'token')} of it did not
          count.
        </p>
      )}
      <dl class="fact-list">
        <div>
          <dt class="small muted">Tokens read</dt>
          <dd>{tokensText(scored)}</dd>
        </div>
        <div>
          <dt class="small muted">Round trip</dt>
          <dd>{millisecondsText(milliseconds)}</dd>
        </div>
        {stages !== '' && (
          <div>
            <dt class="small muted">Of it, in the service</dt>
            <dd>{stages}</dd>
          </div>
        )}
        <div>
          <dt class="small muted">Model and version</dt>
          <dd>
            {answer.model} <code>{answer.version}</code>
            {answer.thresholdsVersion !== undefined && `, thresholds ${answer.thresholdsVersion}`}
          </dd>
        </div>
      </dl>
    </section>
  );
}
