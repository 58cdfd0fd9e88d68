// POST /v1/score and /v1/explain: texts in; scores, decisions and reasons by label out.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { checkBody } from '../../http/schema-check.js';
import { Refusal } from '../../http/refusal.js';
import type { ScoringService } from '../../scoring/scoring-service.js';
import type { RequestContext, ServedClassifier, TextScore } from '../../scoring/served-model.js';
import type { DialectAnswer, DialectRequest } from '../dialect.js';
import { timingsRecord } from './answers.js';
import { askedTexts, labelPlaces } from './asked-texts.js';
import { explainBody, scoreBody } from './schemas.js';

/** Texts of a request whose sentences are scored, at most. */
const mostExplained = 32;
/** Texts whose answers are put together in one go. */
const textsATurn = 256;

type Sentences = readonly { begin: number; end: number; score: number | null }[];

/** What every answer about a classifier says of it. */
function nameModel({ name, version, thresholds }: ServedClassifier): Record<string, unknown> {
  return { model: name, version, thresholds_version: thresholds.version };
}

function textRecord(
  { labels }: ServedClassifier,
  thresholds: readonly number[],
  { scores, tokens, truncated, windows }: TextScore,
  places: readonly number[],
  sentences: ReadonlyMap<string, Sentences> | undefined,
): Record<string, unknown> {
  return {
    labels: places.map((place) => ({
      label: labels[place],
      score: scores[place],
      threshold: thresholds[place],
      flagged: scores[place] >= thresholds[place],
      ...(sentences && { sentences: sentences.get(labels[place]) ?? [] }),
    })),
    tokens,
    truncated,
    windows,
  };
}

/** For each text the sentences of each label. */
async function scoreSentences(
  model: ServedClassifier,
  texts: readonly string[],
  places: readonly number[],
  context: RequestContext,
): Promise<ReadonlyMap<string, Sentences>[]> {
  if (texts.length > mostExplained) {
    throw new Refusal(
      'REQUEST_INVALID',
      `texts has ${texts.length} entries; expected at most ${mostExplained} with explain`,
    );
  }
  const labels = places.map((place) => model.labels[place]);
  const options = { labels, tokens: false, sentences: true };
  const explained = await Promise.all(texts.map((text) => model.explain(text, options, context)));
  return explained.map(
    (one) => new Map(one.labels.map(({ label, sentences }) => [label, sentences])),
  );
}

/** @throws Refusal; PolytagError of scoring */
export async function answerScore(
  { body, context, limits }: DialectRequest,
  service: ScoringService,
): Promise<DialectAnswer> {
  const asked = checkBody(scoreBody, body);
  const texts = askedTexts(asked, limits.texts);
  const model = service.classifier(asked.model);
  const places = labelPlaces(model, asked.labels);
  const scored = await model.score(texts, context);
  const sentences =
    asked.explain === true ? await scoreSentences(model, texts, places, context) : undefined;
  // One set for the whole answer, whoever changes it meanwhile.
  const thresholds = model.thresholds;
  const results: Record<string, unknown>[] = [];
  for (const [at, text] of scored.entries()) {
    results.push(textRecord(model, thresholds.values, text, places, sentences?.[at]));
    if (at % textsATurn === textsATurn - 1) await nextTurn();
  }
  return {
    body: {
      model: model.name,
      version: model.version,
      thresholds_version: thresholds.version,
      results,
      usage: { texts: texts.length, tokens: scored.reduce((sum, { tokens }) => sum + tokens, 0) },
      timings: timingsRecord(context),
    },
    scored: { model, texts: scored },
  };
}

/** @throws Refusal; PolytagError of explaining */
export async function answerExplain(
  { body, context }: DialectRequest,
  service: ScoringService,
): Promise<DialectAnswer> {
  const { text, model: name, labels, method, tokens, sentences } = checkBody(explainBody, body);
  const model = service.classifier(name);
  const places = labelPlaces(model, labels);
  const explained = await model.explain(
    text,
    { labels: places.map((place) => model.labels[place]), method, tokens, sentences },
    context,
  );
  return {
    body: {
      ...nameModel(model),
      method: explained.method,
      labels: explained.labels.map((one) => ({
        label: one.label,
        score: one.score,
        base_score: one.baseScore,
        threshold: one.threshold,
        flagged: one.score >= one.threshold,
        tokens: one.tokens,
        sentences: one.sentences,
      })),
      tokens: explained.tokens,
      truncated: explained.truncated,
      windows: explained.windows,
      timings: timingsRecord(context),
    },
  };
}
