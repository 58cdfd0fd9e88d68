// Thresholds to try on the stored scores of the validation rows, and to put in force.
import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { fetchValidation, type ValidationScores } from '../../service/validation.js';
import { useAsked } from '../session/asked.js';
import type { ViewProps } from '../shell/studio.js';
import { counted } from '../shell/texts.js';
import { ApplyThresholds } from './apply-thresholds.js';
import { LabelThreshold } from './label-threshold.js';
import { labelScores } from './threshold-figures.js';

function Workbench({
  validation,
  ...props
}: ViewProps & { readonly validation: ValidationScores }): JSX.Element {
  const { classifier } = props;
  const [chosen, setChosen] = useState<Readonly<Record<string, number>>>({});
  const thresholds = classifier.labels.map(
    (label, index) => chosen[label] ?? classifier.thresholds[index],
  );
  const scores = useMemo(
    () =>
      classifier.labels.map((label) => {
        const column = validation.labels.indexOf(label);
        return labelScores(validation.targets[column] ?? [], validation.scores[column] ?? []);
      }),
    [classifier.labels, validation],
  );
  return (
    <div class="workbench">
      <div class="label-thresholds">
        {classifier.labels.map((label, index) => (
          <LabelThreshold
            key={label}
            label={label}
            scores={scores[index]}
            stored={classifier.thresholds[index]}
            threshold={thresholds[index]}
            onChange={(threshold) => {
              setChosen((before) => ({ ...before, [label]: threshold }));
            }}
          />
        ))}
      </div>
      <ApplyThresholds
        {...props}
        thresholds={thresholds}
        onDiscard={() => {
          setChosen({});
        }}
      />
    </div>
  );
}

export function ThresholdsView(props: ViewProps): JSX.Element {
  const { session, classifier } = props;
  const asked = useAsked(
    (signal) => fetchValidation(session.client, classifier.name, signal),
    [session.client, classifier.name, classifier.version],
  );
  return (
    <div class="view">
      <header class="view-head">
        <h1>Thresholds</h1>
        <p class="muted">
          {asked.state === 'answered' && asked.answer !== undefined
            ? `A text is flagged when its score reaches the threshold. Figures are of ${counted(asked.answer.rows, 'validation row')}.`
            : 'A text is flagged when its score reaches the threshold.'}
        </p>
      </header>
      {asked.state === 'asking' && <p class="muted">Asking for the validation scores.</p>}
      {asked.state === 'failed' && (
        <p class="notice" role="alert">
          {asked.problem}
        </p>
      )}
      {asked.state === 'answered' &&
        (asked.answer === undefined ? (
          <p class="card">
            This model was stored without the scores of its validation rows, so there is nothing to
            try thresholds on. Train it anew with this version of polytag to have them.
          </p>
        ) : (
          <Workbench validation={asked.answer} {...props} />
        ))}
    </div>
  );
}
