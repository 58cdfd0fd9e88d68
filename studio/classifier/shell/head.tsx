// The head of the page: its name, the classifier that is looked at, the views, light or dark.
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import icon from '../icon.svg';
import type { ClassifierInfo } from '../../service/classifiers.js';
import { chooseTheme, storedTheme, type Theme } from '../../theme/theme-choice.js';
import { type Route, routeAddress, viewNames, views } from '../session/routing.js';
import type { Session } from '../session/session.js';

const themes: readonly { readonly theme: Theme; readonly name: string; readonly sign: string }[] = [
  { theme: 'system', name: 'As the system', sign: 'Auto' },
  { theme: 'light', name: 'Light', sign: 'Light' },
  { theme: 'dark', name: 'Dark', sign: 'Dark' },
];

function ThemeChoice(): JSX.Element {
  const [shown, setShown] = useState(storedTheme);
  return (
    <fieldset class="theme-choice">
      <legend class="unseen">Colours</legend>
      {themes.map(({ theme, name, sign }) => (
        <label key={theme} title={name}>
          <input
            class="unseen"
            type="radio"
            name="theme"
            checked={theme === shown}
            aria-label={name}
            onChange={() => {
              chooseTheme(theme);
              setShown(theme);
            }}
          />
          <span aria-hidden="true">{sign}</span>
        </label>
      ))}
    </fieldset>
  );
}

function ModelChoice({
  session,
  route,
  classifier,
}: {
  readonly session: Session;
  readonly route: Route;
  readonly classifier: ClassifierInfo;
}): JSX.Element {
  const classifiers = session.state.kind === 'ready' ? session.state.classifiers : [];
  const version = <code title="Version of the model">{classifier.version.slice(0, 8)}</code>;
  if (classifiers.length < 2) {
    return (
      <p class="head-model">
        <span class="head-model-name">{classifier.name}</span> {version}
      </p>
    );
  }
  return (
    <div class="head-model">
      <label class="unseen" for="model-choice">
        Model
      </label>
      <select
        id="model-choice"
        class="input"
        value={classifier.name}
        onChange={(event) => {
          location.hash = routeAddress({ view: route.view, model: event.currentTarget.value });
        }}
      >
        {classifiers.map(({ name }) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      {version}
    </div>
  );
}

function Logo(): JSX.Element {
  return (
    <p class="logo">
      <img src={icon} width="28" height="28" alt="" />
      <span>
        polytag <span class="logo-second">Studio</span>
      </span>
    </p>
  );
}

export function Head({
  session,
  route,
  classifier,
}: {
  readonly session: Session;
  readonly route: Route;
  readonly classifier: ClassifierInfo | undefined;
}): JSX.Element {
  return (
    <header class="head">
      <div class="head-row">
        <Logo />
        {classifier !== undefined && !session.isLocked && (
          <ModelChoice session={session} route={route} classifier={classifier} />
        )}
        <ThemeChoice />
      </div>
      <nav aria-label="Views">
        <ul class="views">
          {views.map((view) => (
            <li key={view}>
              <a
                href={routeAddress({ view, model: route.model })}
                {...(view === route.view ? { 'aria-current': 'page' } : {})}
              >
                {viewNames[view]}
              </a>
            </li>
          ))}
        </ul>
      </nav>
    </header>
  );
}
