// One label: its threshold to drag or type, and what becomes of precision, recall, F1 and flag rate.
import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { counted, figureText, labelText, scoreText, shareText } from '../shell/texts.js';
import { PrecisionRecallChart } from './precision-recall-chart.js';
import { ScoreHistogram } from './score-histogram.js';
import {
  bestThreshold,
  figuresAt,
  type LabelScores,
  precisionRecallCurve,
  type ThresholdFigures,
} from './threshold-figures.js';

export interface LabelThresholdProps {
  readonly label: string;
  readonly scores: LabelScores;
  /** In force at the service. */
  readonly stored: number;
  readonly threshold: number;
  readonly onChange: (threshold: number) => void;
}

/** Six digits after the point are finer than any decision. */
function rounded(threshold: number): number {
  return Math.round(threshold * 1e6) / 1e6;
}

function NumberField({
  id,
  label,
  threshold,
  onChange,
}: {
  readonly id: string;
  readonly label: string;
  readonly threshold: number;
  readonly onChange: (threshold: number) => void;
}): JSX.Element {
  // What is being typed need not be a number yet.
  const [typed, setTyped] = useState<string>();
  return (
    <input
      id={`${id}-number`}
      class="input threshold-number"
      type="number"
      min="0"
      max="1"
      step="any"
      aria-label={`Threshold of ${label}, as a number`}
      value={typed ?? String(rounded(threshold))}
      onInput={(event) => {
        const { value, valueAsNumber } = event.currentTarget;
        setTyped(value);
        if (valueAsNumber >= 0 && valueAsNumber <= 1) onChange(valueAsNumber);
      }}
      onBlur={() => {
        setTyped(undefined);
      }}
    />
  );
}

function Figures({
  at,
  before,
}: {
  readonly at: ThresholdFigures;
  readonly before: ThresholdFigures;
}) {
  const rows = [
    ['Precision', figureText(at.precision), figureText(before.precision)],
    ['Recall', figureText(at.recall), figureText(before.recall)],
    ['F1', figureText(at.f1), figureText(before.f1)],
    ['Flag rate', shareText(at.flagRate), shareText(before.flagRate)],
  ] as const;
  return (
    <dl class="threshold-figures">
      {rows.map(([name, now, then]) => (
        <div key={name}>
          <dt class="small muted">{name}</dt>
          <dd>
            <span class="threshold-figure">{now}</span>{' '}
            <span class="small muted">{now === then ? '' : `was ${then}`}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Quick({ stored, scores, threshold, onChange }: LabelThresholdProps): JSX.Element {
  const best = useMemo(() => bestThreshold(scores), [scores]);
  return (
    <div class="actions">
      {best !== undefined && (
        <button
          class="button button-small"
          type="button"
          onClick={() => {
            onChange(best.threshold);
          }}
        >
          Best F1
        </button>
      )}
      <button
        class="button button-small"
        type="button"
        disabled={threshold === stored}
        onClick={() => {
          onChange(stored);
        }}
      >
        As in force ({scoreText(stored)})
      </button>
    </div>
  );
}

export function LabelThreshold(props: LabelThresholdProps): JSX.Element {
  const { label, scores, stored, threshold, onChange } = props;
  const id = `threshold-${label.replaceAll(/\W+/g, '-')}`;
  const name = labelText(label);
  const curve = useMemo(() => precisionRecallCurve(scores), [scores]);
  const at = figuresAt(scores, threshold);
  const valueText = `${scoreText(threshold)}: precision ${figureText(at.precision)}, recall ${figureText(at.recall)}, flags ${shareText(at.flagRate)}`;
  const known = scores.positives.length + scores.negatives.length;
  return (
    <section class="card label-threshold" aria-labelledby={`${id}-name`}>
      <div class="label-threshold-head">
        <h2 id={`${id}-name`}>{name}</h2>
        <p class="small muted">
          {scores.positives.length.toLocaleString('en')} of {counted(known, 'row')} have it
        </p>
      </div>
      <div class="threshold-controls">
        <div class="threshold-inputs">
          <input
            type="range"
            min="0"
            max="1"
            step="0.005"
            aria-label={`Threshold of ${name}`}
            aria-valuetext={valueText}
            value={threshold}
            onInput={(event) => {
              onChange(event.currentTarget.valueAsNumber);
            }}
          />
          <NumberField id={id} label={name} threshold={threshold} onChange={onChange} />
        </div>
        <Figures at={at} before={figuresAt(scores, stored)} />
        <Quick {...props} />
      </div>
      {scores.positives.length === 0 ? (
        <p class="muted">No row is known to have it, so nothing can be said about thresholds.</p>
      ) : (
        <>
          <PrecisionRecallChart curve={curve} at={at} />
          <ScoreHistogram scores={scores} threshold={threshold} />
        </>
      )}
    </section>
  );
}
