// The labels with their figures on the validation rows, at the thresholds that are in force.
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { ClassifierInfo } from '../../service/classifiers.js';
import type { ValidationScores } from '../../service/validation.js';
import { counted, figureText, labelText, scoreText, shareText } from '../shell/texts.js';
import { figuresAt, labelScores, rocArea } from '../thresholds/threshold-figures.js';

function LabelRow({
  name,
  threshold,
  scores,
}: {
  readonly name: string;
  readonly threshold: number;
  readonly scores: ReturnType<typeof labelScores>;
}): JSX.Element {
  const at = figuresAt(scores, threshold);
  return (
    <tr>
      <th scope="row">{labelText(name)}</th>
      <td class="number">{scores.positives.length.toLocaleString('en')}</td>
      <td class="number">{figureText(rocArea(scores))}</td>
      <td class="number">{scoreText(threshold)}</td>
      <td class="number">{figureText(at.precision)}</td>
      <td class="number">{figureText(at.recall)}</td>
      <td class="number">{figureText(at.f1)}</td>
      <td class="number">{shareText(at.flagRate)}</td>
    </tr>
  );
}

const columns = ['Rows with it', 'ROC-AUC', 'Threshold', 'Precision', 'Recall', 'F1', 'Flag rate'];

export function LabelTable({
  classifier,
  validation,
}: {
  readonly classifier: ClassifierInfo;
  readonly validation: ValidationScores;
}): JSX.Element {
  const scores = useMemo(
    () =>
      classifier.labels.map((label) => {
        const column = validation.labels.indexOf(label);
        return labelScores(validation.targets[column] ?? [], validation.scores[column] ?? []);
      }),
    [classifier.labels, validation],
  );
  return (
    <div class="wide" role="group" tabIndex={0} aria-label="Labels, may be wider than the page">
      <table>
        <caption>
          Labels{' '}
          <span class="small muted">
            on {counted(validation.rows, 'validation row')}, at the thresholds in force
          </span>
        </caption>
        <thead>
          <tr>
            <th scope="col">Label</th>
            {columns.map((name) => (
              <th key={name} scope="col" class="number">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {classifier.labels.map((label, index) => (
            <LabelRow
              key={label}
              name={label}
              threshold={classifier.thresholds[index]}
              scores={scores[index]}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}
