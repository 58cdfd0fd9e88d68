// POST /predict: the scores of a text's labels, or of several texts'.
import { Refusal } from '../../http/refusal.js';
import { checkBody } from '../../http/schema-check.js';
import type { ScoringService } from '../../scoring/scoring-service.js';
import type { ServedClassifier, TextScore } from '../../scoring/served-model.js';
import type { DialectAnswer, DialectRequest } from '../dialect.js';
import { activate, rankLabels } from '../label-scores.js';
import { modelNameOf } from '../named-model.js';
import { lengthOf, mapInTurns } from '../text-turns.js';
import {
  characterLimit,
  endOfText,
  keepsEnd,
  readsWindows,
  refuseLongText,
  type TruncationWish,
} from '../truncation.js';
import { computeHeaders } from './compute-headers.js';
import { checkBatch, checkText } from './refusals.js';
import { predictSchema } from './schemas.js';

/** The texts of a request, and whether they came as a batch, which is answered with a list of lists. */
interface PredictTexts {
  readonly texts: readonly string[];
  readonly isBatch: boolean;
}

/** One sequence as the original takes it: one text, or two that are a pair. */
function readSequence(sequence: readonly string[]): string {
  if (sequence.length === 1) return sequence[0];
  if (sequence.length !== 2) {
    throw new Refusal(
      'REQUEST_INVALID',
      `invalid length ${sequence.length}, expected a string, a pair of strings [string, string] or a batch of mixed strings and pairs [[string], [string, string], ...]`,
    );
  }
  throw new Refusal(
    'REQUEST_INVALID',
    'two strings in a list are a pair of texts, and this model scores single texts; a batch is a list of lists: [["first"], ["second"]]',
  );
}

function isListOfStrings(inputs: readonly unknown[]): inputs is readonly string[] {
  return typeof inputs[0] === 'string';
}

function readInputs(
  inputs: string | readonly string[] | readonly (readonly string[])[],
): PredictTexts {
  if (typeof inputs === 'string') return { texts: [inputs], isBatch: false };
  if (inputs.length === 0) return { texts: [], isBatch: true };
  if (isListOfStrings(inputs)) return { texts: [readSequence(inputs)], isBatch: false };
  return { texts: inputs.map(readSequence), isBatch: true };
}

/**
 * Scores texts, shortened as the client wishes. Where the wish is silent, as the model was trained to.
 * @throws Refusal REQUEST_INVALID for a text that would be cut although it must not be
 */
async function scoreTexts(
  model: ServedClassifier,
  texts: readonly string[],
  wish: TruncationWish,
  { context }: DialectRequest,
): Promise<TextScore[]> {
  const { maxLength, tokenizer } = model;
  const mayCut = wish.truncate !== false;
  const isWhole = readsWindows(model);
  if (!mayCut && !isWhole) {
    const long = texts.find((text) => text.length > characterLimit(maxLength));
    if (long !== undefined) refuseLongText(long, model);
  }
  const shortened =
    mayCut && !isWhole && keepsEnd(wish)
      ? await mapInTurns(texts, lengthOf, (text) => endOfText(text, tokenizer, maxLength))
      : texts;
  const scores = await model.score(shortened, context);
  const cut = mayCut ? -1 : scores.findIndex(({ truncated }) => truncated > 0);
  if (cut >= 0) refuseLongText(texts[cut], model);
  return scores;
}

/** Answers POST /predict. */
export async function answerPredict(
  request: DialectRequest,
  service: ScoringService,
): Promise<DialectAnswer> {
  const begun = performance.now();
  const body = checkBody(predictSchema, request.body);
  const { texts, isBatch } = readInputs(body.inputs);
  checkBatch(texts.length, request.limits);
  for (const text of texts) checkText(text === '');
  if (!service.models.some(({ kind }) => kind === 'classifier')) {
    throw new Refusal('MODEL_UNKNOWN', 'Backend error: Model is not a classifier model');
  }
  const model = service.classifier(modelNameOf(request));
  const scores = await scoreTexts(model, texts, body, request);
  const activation = body.raw_scores === true ? 'none' : 'sigmoid';
  const lists = scores.map((text) => rankLabels(model.labels, activate(text, activation)));
  const tokens = scores.reduce((sum, text) => sum + text.tokens, 0);
  const characters = texts.reduce((sum, text) => sum + text.length, 0);
  const { timings } = request.context;
  return {
    body: isBatch ? lists : lists[0],
    headers: computeHeaders({ timings, begun, characters, tokens }),
    scored: { model, texts: scores },
  };
}
