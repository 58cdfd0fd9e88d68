// Scores and explains the text of the field, a moment after it stopped changing.
import { useCallback, useEffect, useState } from 'preact/hooks';
import type { ClassifierInfo } from '../../service/classifiers.js';
import { fetchExplanation, type TextExplanation } from '../../service/explanations.js';
import { fetchScores, type ScoreAnswer } from '../../service/scores.js';
import { problemText, type ServiceClient } from '../../service/service-client.js';

/** What is known of one text. */
export interface Scored {
  readonly text: string;
  readonly answer: ScoreAnswer;
  /** From asking to the answer's last byte, in milliseconds. */
  readonly milliseconds: number;
  /** Undefined while it is under way. */
  readonly explanation:
    | { readonly found: TextExplanation }
    | { readonly problem: string }
    | undefined;
}

export interface ScoredTextWork {
  readonly text: string;
  readonly setText: (text: string) => void;
  /** The last that was scored: of an older text while the newer is under way. */
  readonly scored: Scored | undefined;
  readonly problem: string | undefined;
  readonly isPending: boolean;
}

/** Typing that pauses for this long is done for now. */
const pauseMilliseconds = 300;

interface Outcome {
  readonly scored: Scored | undefined;
  readonly problem: string | undefined;
  readonly isPending: boolean;
}

const nothing: Outcome = { scored: undefined, problem: undefined, isPending: false };

async function scoreText(
  client: ServiceClient,
  model: string,
  text: string,
  signal: AbortSignal,
  show: (outcome: Outcome) => void,
): Promise<void> {
  const begun = performance.now();
  const answer = await fetchScores(client, model, [text], signal);
  const milliseconds = performance.now() - begun;
  const scored = { text, answer, milliseconds, explanation: undefined };
  show({ scored, problem: undefined, isPending: false });
  const explanation = await fetchExplanation(client, model, text, signal).then(
    (found) => ({ found }),
    (error: unknown) => ({ problem: problemText(error) }),
  );
  signal.throwIfAborted();
  show({ scored: { ...scored, explanation }, problem: undefined, isPending: false });
}

/** Keeps the text across views; scores it anew for another classifier, or after its thresholds changed. */
export function useScoredText(
  client: ServiceClient,
  classifier: ClassifierInfo | undefined,
  first: string,
): ScoredTextWork {
  const [text, showText] = useState(first);
  const [outcome, setOutcome] = useState<Outcome>(nothing);
  const name = classifier?.name;
  const cause = `${classifier?.version} ${classifier?.thresholds.join()}`;
  useEffect(() => {
    if (name === undefined) return undefined;
    if (text.trim() === '') {
      setOutcome(nothing);
      return undefined;
    }
    const asking = new AbortController();
    setOutcome((before) => ({ ...before, isPending: true }));
    const timer = setTimeout(() => {
      scoreText(client, name, text, asking.signal, setOutcome).catch((error: unknown) => {
        if (asking.signal.aborted) return;
        setOutcome({ scored: undefined, problem: problemText(error), isPending: false });
      });
    }, pauseMilliseconds);
    return () => {
      clearTimeout(timer);
      asking.abort();
    };
  }, [client, name, cause, text]);
  const setText = useCallback((changed: string) => {
    showText(changed);
  }, []);
  return { text, setText, ...outcome };
}
