// The labels of a text, each with its score as a bar against its threshold; the chosen one is explained beside.
import type { JSX } from 'preact';
import type { LabelScore } from '../../service/scores.js';
import { labelText, scoreText } from '../shell/texts.js';

export interface ScoreBarProps {
  readonly score: number;
  readonly threshold: number;
  readonly flagged: boolean;
}

/** Decoration: the same is said in words beside it. */
export function ScoreBar({ score, threshold, flagged }: ScoreBarProps): JSX.Element {
  return (
    <svg
      class="score-bar"
      viewBox="0 0 100 10"
      preserveAspectRatio="none"
      aria-hidden="true"
      focusable="false"
    >
      <rect class="score-track" width="100" height="10" />
      <rect class={flagged ? 'score-flagged' : 'score-unflagged'} width={100 * score} height="10" />
      <path class="score-threshold" d={`M${100 * threshold} -2V12`} />
    </svg>
  );
}

function Decision({ flagged }: { readonly flagged: boolean }): JSX.Element {
  return (
    <span class={flagged ? 'decision decision-flagged' : 'decision'}>
      {flagged ? 'Flagged' : 'Not flagged'}
    </span>
  );
}

export function ScoreList({
  labels,
  chosen,
  onChoose,
}: {
  readonly labels: readonly LabelScore[];
  readonly chosen: string;
  readonly onChoose: (label: string) => void;
}): JSX.Element {
  return (
    <fieldset class="scores">
      <legend class="unseen">Labels: choose the one to explain</legend>
      {labels.map(({ label, score, threshold, flagged }) => (
        <label key={label} class="score-row">
          <input
            type="radio"
            class="unseen"
            name="explained-label"
            checked={label === chosen}
            onChange={() => {
              onChoose(label);
            }}
          />
          <span class="score-head">
            <span class="score-name">{labelText(label)}</span>
            <Decision flagged={flagged} />
            <span class="score-value">
              <span class="unseen">score </span>
              {scoreText(score)}
            </span>
          </span>
          <ScoreBar score={score} threshold={threshold} flagged={flagged} />
          <span class="score-foot small muted">threshold {scoreText(threshold)}</span>
        </label>
      ))}
    </fieldset>
  );
}
