// What the classifier is: version, languages, labels with their figures, and its card with the learning curves.
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { ClassifierInfo } from '../../service/classifiers.js';
import { fetchCard, fetchCurves } from '../../service/model-files.js';
import { fetchValidation } from '../../service/validation.js';
import { type Asked, useAsked } from '../session/asked.js';
import type { ViewProps } from '../shell/studio.js';
import { labelText, languageText, scoreText } from '../shell/texts.js';
import { LabelTable } from './label-table.js';
import { Markdown } from './markdown.js';

function loadedText(loadedAt: string | undefined): string {
  const date = new Date(loadedAt ?? '');
  return Number.isNaN(date.getTime())
    ? '–'
    : date.toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
}

function Facts({ classifier }: { readonly classifier: ClassifierInfo }): JSX.Element {
  const { version, thresholdsVersion, languages, maxLength, loadedAt } = classifier;
  const facts: readonly (readonly [name: string, value: JSX.Element | string])[] = [
    ['Version', <code key="version">{version}</code>],
    ['Thresholds', thresholdsVersion === undefined ? '–' : `version ${thresholdsVersion}`],
    ['Languages', languages.map(languageText).join(', ') || '–'],
    ['Reads at most', maxLength === undefined ? '–' : `${maxLength} tokens`],
    ['Loaded', loadedText(loadedAt)],
  ];
  return (
    <section class="card" aria-label="Facts">
      <dl class="fact-list">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt class="small muted">{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** The labels alone, where nothing else is known of them. */
function PlainLabels({ classifier }: { readonly classifier: ClassifierInfo }): JSX.Element {
  return (
    <table>
      <caption>Labels</caption>
      <thead>
        <tr>
          <th scope="col">Label</th>
          <th scope="col">Threshold</th>
        </tr>
      </thead>
      <tbody>
        {classifier.labels.map((label, index) => (
          <tr key={label}>
            <th scope="row">{labelText(label)}</th>
            <td>{scoreText(classifier.thresholds[index])}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** An address at which the page can show an image that only comes with a key. */
function useImageAddress(asked: Asked<Blob | undefined>): string | undefined {
  const [address, setAddress] = useState<string>();
  const image = asked.state === 'answered' ? asked.answer : undefined;
  useEffect(() => {
    if (image === undefined) return undefined;
    const made = URL.createObjectURL(image);
    setAddress(made);
    return () => {
      URL.revokeObjectURL(made);
      setAddress(undefined);
    };
  }, [image]);
  return address;
}

function Card({ session, classifier }: ViewProps): JSX.Element {
  const { client } = session;
  const causes = [client, classifier.name, classifier.version];
  const card = useAsked((signal) => fetchCard(client, classifier.name, signal), causes);
  const curves = useAsked((signal) => fetchCurves(client, classifier.name, signal), causes);
  const address = useImageAddress(curves);
  if (card.state === 'asking') return <p class="muted">Asking for the model card.</p>;
  if (card.state === 'failed') {
    return (
      <p class="notice" role="alert">
        {card.problem}
      </p>
    );
  }
  if (card.answer === undefined) return <p class="muted">This model has no card.</p>;
  return (
    <Markdown
      text={card.answer}
      imageOf={(file, text) =>
        file === 'curves.svg' && address !== undefined ? (
          <img
            class="curves"
            src={address}
            alt={`${text}: loss and validation figure as training went on`}
          />
        ) : undefined
      }
    />
  );
}

export function ModelView(props: ViewProps): JSX.Element {
  const { session, classifier } = props;
  const validation = useAsked(
    (signal) => fetchValidation(session.client, classifier.name, signal),
    [session.client, classifier.name, classifier.version],
  );
  const scores = validation.state === 'answered' ? validation.answer : undefined;
  return (
    <div class="view">
      <header class="view-head">
        <h1>{classifier.name}</h1>
        <p class="muted">What it is, how good it is, and how it learnt.</p>
      </header>
      <Facts classifier={classifier} />
      <section class="card" aria-label="Labels">
        {validation.state === 'failed' && <p class="notice">{validation.problem}</p>}
        {scores === undefined ? (
          <PlainLabels classifier={classifier} />
        ) : (
          <LabelTable classifier={classifier} validation={scores} />
        )}
      </section>
      <section class="card" aria-labelledby="card-name">
        <h2 id="card-name">Model card</h2>
        <Card {...props} />
      </section>
    </div>
  );
}
