// An answer that a view waits for: under way, there, or refused.
import { useEffect, useState } from 'preact/hooks';
import { problemText } from '../../service/service-client.js';

export type Asked<Answer> =
  | { readonly state: 'asking' }
  | { readonly state: 'answered'; readonly answer: Answer }
  | { readonly state: 'failed'; readonly problem: string };

/** Asks when the view appears, and again when one of `causes` changes; the answer to an old question is dropped. */
export function useAsked<Answer>(
  ask: (signal: AbortSignal) => Promise<Answer>,
  causes: readonly unknown[],
): Asked<Answer> {
  const [asked, setAsked] = useState<Asked<Answer>>({ state: 'asking' });
  useEffect(() => {
    const asking = new AbortController();
    setAsked({ state: 'asking' });
    ask(asking.signal).then(
      (answer) => {
        if (!asking.signal.aborted) setAsked({ state: 'answered', answer });
      },
      (error: unknown) => {
        if (!asking.signal.aborted) setAsked({ state: 'failed', problem: problemText(error) });
      },
    );
    return () => {
      asking.abort();
    };
  }, causes);
  return asked;
}
