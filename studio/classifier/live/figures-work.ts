// Asks for the figures every two seconds while the view is shown, and remembers flag rates, which come without a past.
import { useEffect, useState } from 'preact/hooks';
import type { SeriesPoint } from '../../charts/series-path.js';
import { fetchFigures, type ServiceFigures } from '../../service/figures.js';
import { problemText, type ServiceClient } from '../../service/service-client.js';

/** Flag rates of one model by label, as they were at a time. */
export interface FlagRates {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly rates: ReadonlyMap<string, number | undefined>;
}

export interface FiguresWork {
  /** The last that were heard, also while the service does not answer. */
  readonly figures: ServiceFigures | undefined;
  readonly problem: string | undefined;
  readonly flagRates: readonly FlagRates[];
}

const intervalMilliseconds = 2000;
/** At one in two seconds, fifteen minutes. */
const mostFlagRates = 450;

/** What is known after one more answer. */
function afterFigures(
  before: FiguresWork,
  figures: ServiceFigures,
  model: string,
  time: number,
): FiguresWork {
  const labels = figures.models.find(({ name }) => name === model)?.labels ?? [];
  const rates = new Map(labels.map(({ label, flagRate }) => [label, flagRate]));
  const flagRates = [...before.flagRates, { time, rates }].slice(-mostFlagRates);
  return { figures, problem: undefined, flagRates };
}

/** The flag rate of a label over time. */
export function flagRateSeries(flagRates: readonly FlagRates[], label: string): SeriesPoint[] {
  return flagRates.map(({ time, rates }) => ({ time, value: rates.get(label) }));
}

export function useFigures(client: ServiceClient, model: string): FiguresWork {
  const [work, setWork] = useState<FiguresWork>({
    figures: undefined,
    problem: undefined,
    flagRates: [],
  });
  useEffect(() => {
    const ended = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const poll = async (): Promise<void> => {
      try {
        const figures = await fetchFigures(client, ended.signal);
        setWork((before) => afterFigures(before, figures, model, Date.now()));
      } catch (error) {
        if (ended.signal.aborted) return;
        setWork((before) => ({ ...before, problem: problemText(error) }));
      }
      timer = setTimeout(() => void poll(), intervalMilliseconds);
    };
    void poll();
    return () => {
      ended.abort();
      clearTimeout(timer);
    };
  }, [client, model]);
  return work;
}
