// What stands in place of a view while there is nothing to show: waiting, a service that does not answer, a key to give.
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { isUsableKey } from '../session/service-key.js';
import type { Session } from '../session/session.js';

function KeyForm({ session }: { readonly session: Session }): JSX.Element {
  const [key, setKey] = useState('');
  const isWrong = key !== '' && !isUsableKey(key.trim());
  return (
    <form
      class="card gate"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isWrong && key !== '') session.giveKey(key.trim());
      }}
    >
      <h1>This service asks for a key</h1>
      <p class="muted">
        Whoever runs it hands out keys. Yours stays in this tab and is forgotten when you close it.
      </p>
      {session.isKeyRefused && (
        <p class="notice" role="alert">
          The service does not know that key.
        </p>
      )}
      <div class="field">
        <label class="field-name" for="service-key">
          API key
        </label>
        <input
          id="service-key"
          class="input"
          type="password"
          autocomplete="off"
          spellcheck={false}
          value={key}
          aria-invalid={isWrong}
          onInput={(event) => {
            setKey(event.currentTarget.value);
          }}
        />
        {isWrong && <p class="small">A key has only letters, digits and signs, and no spaces.</p>}
      </div>
      <div class="actions">
        <button class="button button-main" type="submit" disabled={key === '' || isWrong}>
          Open
        </button>
      </div>
    </form>
  );
}

export function Gate({ session }: { readonly session: Session }): JSX.Element {
  if (session.isLocked) return <KeyForm session={session} />;
  const { state } = session;
  if (state.kind === 'loading') {
    return (
      <p class="gate muted" role="status">
        Asking the service what it serves.
      </p>
    );
  }
  return (
    <section class="card gate">
      <h1>{state.kind === 'failed' ? 'No answer to show' : 'No classifier here'}</h1>
      <p role="status">
        {state.kind === 'failed'
          ? state.problem
          : 'This service serves encoders only. Start it with a classifier: polytag serve MODEL.'}
      </p>
      <div class="actions">
        <button
          class="button"
          type="button"
          onClick={() => {
            session.refresh();
          }}
        >
          Ask again
        </button>
      </div>
    </section>
  );
}
