// The table as it is worked on: its source, the scores that have come in, and the scoring that is under way.
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { ClassifierInfo } from '../../service/classifiers.js';
import { fetchScores } from '../../service/scores.js';
import { problemText, type ServiceClient } from '../../service/service-client.js';
import { scoreInBatches, waitSeconds } from './batch-scoring.js';
import type { ScoreTable } from './row-order.js';
import { readSource, type SourceRows, type TableSource } from './table-source.js';

type TableProgress =
  | { readonly state: 'idle' }
  | { readonly state: 'scoring'; readonly done: number }
  | { readonly state: 'done'; readonly seconds: number }
  | { readonly state: 'cancelled'; readonly done: number }
  | { readonly state: 'failed'; readonly done: number; readonly problem: string };

export interface TableWork {
  readonly source: TableSource | undefined;
  /** The rows, or what is wrong with the source. */
  readonly content: SourceRows | string | undefined;
  /** A new object whenever scores came in. */
  readonly table: ScoreTable | undefined;
  readonly progress: TableProgress;
  readonly setSource: (source: TableSource | undefined) => void;
  readonly start: () => void;
  readonly cancel: () => void;
}

const batchSize = 64;
const parallel = 2;

function emptyTable(rows: number, labels: number): ScoreTable {
  return { rows, labels, scores: new Float32Array(rows * labels).fill(Number.NaN) };
}

interface Scoring {
  readonly client: ServiceClient;
  readonly classifier: ClassifierInfo;
  readonly texts: readonly string[];
  readonly signal: AbortSignal;
  readonly onScores: (table: ScoreTable, done: number) => void;
}

/** Texts that are empty are not sent: nothing can be said of them. */
async function scoreTexts(scoring: Scoring): Promise<void> {
  const { client, classifier, texts, signal, onScores } = scoring;
  const { scores, ...size } = emptyTable(texts.length, classifier.labels.length);
  const rows = texts.flatMap((text, row) => (text.trim() === '' ? [] : [row]));
  let done = texts.length - rows.length;
  onScores({ ...size, scores }, done);
  await scoreInBatches(
    rows.map((row) => texts[row]),
    {
      batchSize,
      parallel,
      signal,
      wait: waitSeconds,
      score: async (batch, ended) =>
        (await fetchScores(client, classifier.name, batch, ended)).texts,
      onBatch: (first, results) => {
        for (const [index, { labels }] of results.entries()) {
          const row = rows[first + index];
          for (const { label, score } of labels) {
            scores[row * size.labels + classifier.labels.indexOf(label)] = score;
          }
        }
        done += results.length;
        onScores({ ...size, scores }, done);
      },
    },
  );
}

/** Scores the texts, and says how it ended. */
async function outcomeOf(scoring: Scoring): Promise<TableProgress> {
  const begun = performance.now();
  let done = 0;
  const onScores = (table: ScoreTable, count: number): void => {
    done = count;
    scoring.onScores(table, count);
  };
  try {
    await scoreTexts({ ...scoring, onScores });
    return { state: 'done', seconds: (performance.now() - begun) / 1000 };
  } catch (error) {
    if (scoring.signal.aborted) return { state: 'cancelled', done };
    return { state: 'failed', done, problem: problemText(error) };
  }
}

/** Keeps the table across views; the scores of one classifier are dropped for another. */
export function useTableWork(
  client: ServiceClient,
  classifier: ClassifierInfo | undefined,
): TableWork {
  const [source, showSource] = useState<TableSource>();
  const [table, setTable] = useState<ScoreTable>();
  const [progress, setProgress] = useState<TableProgress>({ state: 'idle' });
  const running = useRef<AbortController>(undefined);
  const { text, layout, hasHeader } = source ?? {};
  const content = useMemo(
    () => (source === undefined ? undefined : readSource(source)),
    [text, layout, hasHeader],
  );
  const forget = useCallback(() => {
    running.current?.abort();
    running.current = undefined;
    setTable(undefined);
    setProgress({ state: 'idle' });
  }, []);
  useEffect(forget, [classifier?.name, classifier?.version, forget]);
  const setSource = (changed: TableSource | undefined): void => {
    forget();
    showSource(changed);
  };
  const start = (): void => {
    if (source === undefined || typeof content !== 'object' || classifier === undefined) return;
    forget();
    const scoring = new AbortController();
    const { signal } = scoring;
    running.current = scoring;
    const onScores = (scored: ScoreTable, done: number): void => {
      setTable(scored);
      setProgress({ state: 'scoring', done });
    };
    const texts = content.rows.map((row) => row.at(source.column) ?? '');
    void outcomeOf({ client, classifier, texts, signal, onScores }).then((outcome) => {
      if (running.current === scoring) setProgress(outcome);
    });
  };
  const cancel = (): void => running.current?.abort();
  return { source, content, table, progress, setSource, start, cancel };
}
