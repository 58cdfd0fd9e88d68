// Puts new thresholds in force, and shows what that does to recent traffic; or copies them.
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { problemText, ServiceProblem } from '../../service/service-client.js';
import { putThresholds, type ThresholdChange } from '../../service/threshold-changes.js';
import type { ViewProps } from '../shell/studio.js';
import { counted, labelText, scoreText, shareText } from '../shell/texts.js';

export interface ApplyThresholdsProps extends ViewProps {
  readonly thresholds: readonly number[];
  readonly onDiscard: () => void;
}

/** Those that differ from what is in force. */
function changesOf({ classifier, thresholds }: ApplyThresholdsProps): Record<string, number> {
  return Object.fromEntries(
    classifier.labels
      .map((label, index) => [label, thresholds[index]] as const)
      .filter(([, value], index) => value !== classifier.thresholds[index]),
  );
}

function refusalText(error: unknown): string {
  if (error instanceof ServiceProblem && (error.status === 401 || error.status === 403)) {
    return `Nothing was changed: this takes the key of an administrator. ${error.message}`;
  }
  return `Nothing was changed. ${problemText(error)}`;
}

function ChangeTable({ change }: { readonly change: ThresholdChange }): JSX.Element {
  return (
    <div class="good-notice change" role="status">
      <p>
        {change.isDry
          ? 'Not in force yet.'
          : `In force${change.version === undefined ? '' : ` as version ${change.version}`}.`}{' '}
        {change.texts === 0 && 'There was no recent traffic to compare on.'}
      </p>
      {change.texts > 0 && (
        <table>
          <caption class="small">Flagged of the last {counted(change.texts, 'text')}</caption>
          <thead>
            <tr>
              <th scope="col">Label</th>
              <th scope="col">Before</th>
              <th scope="col">After</th>
            </tr>
          </thead>
          <tbody>
            {change.rates.map(({ label, before, after }) => (
              <tr key={label}>
                <th scope="row">{labelText(label)}</th>
                <td>{shareText(before)}</td>
                <td>{shareText(after)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}

function CopyJson({ classifier, thresholds }: ApplyThresholdsProps): JSX.Element {
  const [said, setSaid] = useState('');
  const values = classifier.labels.map((label, index) => [label, thresholds[index]] as const);
  const json = JSON.stringify(Object.fromEntries(values), null, 2);
  return (
    <details class="copy-json">
      <summary>As JSON</summary>
      <pre tabIndex={0} aria-label="Thresholds as JSON">
        <code>{json}</code>
      </pre>
      <div class="actions">
        <button
          class="button button-small"
          type="button"
          onClick={() => {
            // Browsers give pages the clipboard over https and on this computer only.
            const copied = (navigator as Partial<Navigator>).clipboard?.writeText(json);
            if (copied === undefined)
              setSaid('This browser does not let the page copy; select the text above.');
            else
              copied.then(
                () => {
                  setSaid('Copied');
                },
                () => {
                  setSaid('The browser refused; select the text above.');
                },
              );
          }}
        >
          Copy
        </button>
        <span class="small muted" role="status">
          {said}
        </span>
      </div>
    </details>
  );
}

function ChangeList(props: ApplyThresholdsProps): JSX.Element {
  const { classifier } = props;
  return (
    <ul class="change-list">
      {Object.entries(changesOf(props)).map(([label, value]) => (
        <li key={label}>
          {labelText(label)}{' '}
          <span class="muted">
            {scoreText(classifier.thresholds[classifier.labels.indexOf(label)])}
          </span>{' '}
          <span aria-hidden="true">→</span>
          <span class="unseen">to</span> <strong>{scoreText(value)}</strong>
        </li>
      ))}
    </ul>
  );
}

interface Application {
  readonly adminKey: string;
  /** Only to see what it would do. */
  readonly isDry: boolean;
}

function useApply({ session, classifier }: ViewProps) {
  const [isApplying, setApplying] = useState(false);
  const [problem, setProblem] = useState<string>();
  const [change, setChange] = useState<ThresholdChange>();
  const apply = (changes: Readonly<Record<string, number>>, how: Application): void => {
    setApplying(true);
    setProblem(undefined);
    setChange(undefined);
    putThresholds(session.client, classifier.name, changes, how)
      .then(
        (done) => {
          setChange(done);
          if (!how.isDry) session.refresh();
        },
        (error: unknown) => {
          setProblem(refusalText(error));
        },
      )
      .finally(() => {
        setApplying(false);
      });
  };
  return { isApplying, problem, change, apply };
}

function KeyField({
  adminKey,
  onKey,
}: {
  readonly adminKey: string;
  readonly onKey: (key: string) => void;
}): JSX.Element {
  return (
    <div class="field">
      <label class="field-name" for="admin-key">
        Administrator’s key
      </label>
      <input
        id="admin-key"
        class="input"
        type="password"
        autocomplete="off"
        value={adminKey}
        onInput={(event) => {
          onKey(event.currentTarget.value);
        }}
      />
      <p class="small muted">Not kept. Leave it empty where the service asks for none.</p>
    </div>
  );
}

function ApplyActions({
  isIdle,
  onCompare,
  onDiscard,
}: {
  readonly isIdle: boolean;
  readonly onCompare: () => void;
  readonly onDiscard: () => void;
}): JSX.Element {
  return (
    <div class="actions">
      <button class="button button-main" type="submit" disabled={!isIdle}>
        Apply
      </button>
      <button class="button" type="button" disabled={!isIdle} onClick={onCompare}>
        Compare on traffic
      </button>
      <button class="button" type="button" disabled={!isIdle} onClick={onDiscard}>
        Discard
      </button>
    </div>
  );
}

export function ApplyThresholds(props: ApplyThresholdsProps): JSX.Element {
  const [key, setKey] = useState('');
  const { isApplying, problem, change, apply } = useApply(props);
  const changes = changesOf(props);
  const count = Object.keys(changes).length;
  const start = (isDry: boolean): void => {
    apply(changes, { adminKey: key.trim(), isDry });
  };
  return (
    <form
      class="card apply"
      aria-label="Apply"
      onSubmit={(event) => {
        event.preventDefault();
        start(false);
      }}
    >
      <h2>{count === 0 ? 'As in force' : `${counted(count, 'change')} to apply`}</h2>
      {count === 0 ? (
        <p class="small muted">
          Move a threshold: its figures follow, and nothing changes until you apply it.
        </p>
      ) : (
        <ChangeList {...props} />
      )}
      <KeyField adminKey={key} onKey={setKey} />
      <ApplyActions
        isIdle={count > 0 && !isApplying}
        onCompare={() => {
          start(true);
        }}
        onDiscard={props.onDiscard}
      />
      {problem !== undefined && (
        <p class="notice" role="alert">
          {problem}
        </p>
      )}
      {change !== undefined && <ChangeTable change={change} />}
      <CopyJson {...props} />
    </form>
  );
}
