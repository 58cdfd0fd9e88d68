// One text: its labels and scores against their thresholds, and what in it makes them.
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { LabelScore } from '../../service/scores.js';
import type { ViewProps } from '../shell/studio.js';
import { labelText, scoreText } from '../shell/texts.js';
import { examples } from './examples.js';
import { ExplainedText } from './explained-text.js';
import { ScoreList } from './score-list.js';
import type { Scored, ScoredTextWork } from './scored-text.js';
import { ScoringFacts } from './scoring-facts.js';

function TextField({ work }: { readonly work: ScoredTextWork }): JSX.Element {
  return (
    <section class="card text-field" aria-label="Your text">
      <label class="field-name" for="text">
        Text
      </label>
      <textarea
        id="text"
        class="input"
        rows={7}
        placeholder="Type or paste a text"
        value={work.text}
        onInput={(event) => {
          work.setText(event.currentTarget.value);
        }}
      />
      <div class="examples">
        <span class="small muted" id="examples-name">
          Examples
        </span>
        <ul aria-labelledby="examples-name">
          {examples.map(({ name, text }) => (
            <li key={name}>
              <button
                class="button button-small"
                type="button"
                aria-pressed={text === work.text}
                onClick={() => {
                  work.setText(text);
                }}
              >
                {name}
              </button>
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}

/** The result in a sentence, read aloud when it changes. */
function verdict(labels: readonly LabelScore[]): string {
  const flagged = labels.filter((label) => label.flagged);
  if (flagged.length === 0) return `None of ${labels.length} labels flagged`;
  const names = flagged.map(({ label, score }) => `${labelText(label)} ${scoreText(score)}`);
  return `${flagged.length} of ${labels.length} labels flagged: ${names.join(', ')}`;
}

function statusText({ text, scored, problem }: ScoredTextWork): string {
  if (problem !== undefined) return '';
  if (text.trim() === '') return 'No text yet';
  return scored === undefined ? 'Scoring' : verdict(scored.answer.texts[0].labels);
}

/** The label that the reader chose, or else the one that scores highest, those that are flagged first. */
function explainedLabel(labels: readonly LabelScore[], chosen: string | undefined): LabelScore {
  const found = labels.find(({ label }) => label === chosen);
  if (found !== undefined) return found;
  const flagged = labels.filter((label) => label.flagged);
  return (flagged.length > 0 ? flagged : labels).reduce((best, label) =>
    label.score > best.score ? label : best,
  );
}

function Explanation({
  scored,
  score,
}: {
  readonly scored: Scored;
  readonly score: LabelScore;
}): JSX.Element {
  const { explanation, text } = scored;
  if (explanation === undefined) return <p class="muted">Looking for the words that count.</p>;
  if ('problem' in explanation) {
    return <p class="notice">No explanation: {explanation.problem}</p>;
  }
  const found = explanation.found.labels.find(({ label }) => label === score.label);
  return found === undefined ? (
    <p class="muted">This label was not explained.</p>
  ) : (
    <ExplainedText text={text} explanation={found} score={score} />
  );
}

function Results({ work }: { readonly work: ScoredTextWork }): JSX.Element | null {
  const [chosen, setChosen] = useState<string>();
  const { scored } = work;
  if (scored === undefined) return null;
  const { labels } = scored.answer.texts[0];
  const score = explainedLabel(labels, chosen);
  return (
    <div class={work.isPending ? 'try-results try-pending' : 'try-results'}>
      <section class="card try-scores" aria-label="Scores">
        <ScoreList labels={labels} chosen={score.label} onChoose={setChosen} />
      </section>
      <section class="card try-explanation" aria-label="Explanation">
        <Explanation scored={scored} score={score} />
      </section>
      <ScoringFacts scored={scored} />
    </div>
  );
}

export function TryView({ work }: ViewProps & { readonly work: ScoredTextWork }): JSX.Element {
  return (
    <div class="view try-view">
      <header class="view-head">
        <h1>Try a text</h1>
        <p class="verdict" role="status">
          {statusText(work)}
        </p>
      </header>
      {work.problem !== undefined && (
        <p class="notice" role="alert">
          {work.problem}
        </p>
      )}
      <TextField work={work} />
      <Results work={work} />
    </div>
  );
}
