// Which words and sentences make the scores of a text: POST v1/explain.
import { list, members, number, text } from './json-members.js';
import { type ServiceClient, unreadable } from './service-client.js';

/** A stretch of the text, in UTF-16 units, and how much it raises the score (or, below 0, lowers it). */
export interface WeightedToken {
  readonly begin: number;
  readonly end: number;
  readonly weight: number;
}

/** A sentence and its score when it stands alone. */
interface ScoredSentence {
  readonly begin: number;
  readonly end: number;
  readonly score: number;
}

export interface LabelExplanation {
  readonly label: string;
  readonly tokens: readonly WeightedToken[];
  readonly sentences: readonly ScoredSentence[];
}

export interface TextExplanation {
  readonly method: string;
  readonly labels: readonly LabelExplanation[];
}

function readToken(entry: unknown): WeightedToken | undefined {
  const record = members(entry);
  const begin = number(record.begin);
  const end = number(record.end);
  const weight = number(record.weight);
  if (begin === undefined || end === undefined || weight === undefined) return undefined;
  return { begin, end, weight };
}

function readSentence(entry: unknown): ScoredSentence | undefined {
  const record = members(entry);
  const begin = number(record.begin);
  const end = number(record.end);
  const score = number(record.score);
  if (begin === undefined || end === undefined || score === undefined) return undefined;
  return { begin, end, score };
}

function readLabel(entry: unknown): LabelExplanation | undefined {
  const record = members(entry);
  const label = text(record.label);
  if (label === undefined) return undefined;
  return {
    label,
    tokens: list(record.tokens, readToken),
    sentences: list(record.sentences, readSentence),
  };
}

/** Explains the scores of every label for one text. */
export async function fetchExplanation(
  client: ServiceClient,
  model: string,
  explained: string,
  signal?: AbortSignal,
): Promise<TextExplanation> {
  const body = { model, text: explained };
  const record = members(await client.json('v1/explain', { method: 'POST', body, signal }));
  const labels = list(record.labels, readLabel);
  if (labels.length === 0) throw unreadable('the explanation');
  return { method: text(record.method) ?? '', labels };
}
