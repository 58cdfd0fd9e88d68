// POST /v1alpha1/comments:analyze: scores of a comment for attributes, and of its sentences where they are asked for.
import { float32Text } from '../../http/number-text.js';
import { checkBody } from '../../http/schema-check.js';
import { categoryScore } from '../../scoring/label-mapping.js';
import type { ScoringService } from '../../scoring/scoring-service.js';
import type { RequestContext, ServedClassifier, TextScore } from '../../scoring/served-model.js';
import type { DialectAnswer, DialectRequest } from '../dialect.js';
import { modelNameOf } from '../named-model.js';
import { type AskedAttribute, readAttributes } from './attributes.js';
import { languageRefusal, readComment, unspokenLanguages } from './comment.js';
import { readProtoNames } from './request-names.js';
import { type AnalyzeRequest, analyzeSchema } from './schemas.js';
import { sentenceSpans, type Span } from './sentence-spans.js';

/** Spans of one answer at most: more sentences share them. */
const mostSpans = 256;
/** BCP 47 for a language that nobody has looked for. */
const undetermined = 'und';

interface ScoredComment {
  readonly whole: TextScore;
  /** At least one. */
  readonly spans: readonly (Span & { readonly score: TextScore })[];
}

/** The comment and its sentences, scored together. A sentence that comes twice is scored once. */
async function scoreComment(
  model: ServedClassifier,
  text: string,
  spans: readonly Span[],
  context: RequestContext,
): Promise<ScoredComment> {
  const parts = spans.map(({ begin, end }) => text.slice(begin, end));
  const texts = [...new Set([text, ...parts])];
  const scores = await model.score(texts, context);
  const scoreOf = new Map(texts.map((each, at) => [each, scores[at]]));
  const read = (part: string): TextScore => scoreOf.get(part) ?? scores[0];
  return {
    whole: scores[0],
    spans: spans.map((span, at) => ({ ...span, score: read(parts[at]) })),
  };
}

function scoreRecord(
  { rule }: AskedAttribute,
  { labels }: ServedClassifier,
  { scores }: TextScore,
): { value: number; type: string } {
  return { value: Number(float32Text(categoryScore(rule, labels, scores))), type: 'PROBABILITY' };
}

function attributeRecords(
  asked: readonly AskedAttribute[],
  model: ServedClassifier,
  { whole, spans }: ScoredComment,
): Record<string, unknown> {
  const kept = asked
    .map((attribute) => ({ attribute, summaryScore: scoreRecord(attribute, model, whole) }))
    .filter(({ attribute, summaryScore }) => summaryScore.value >= attribute.threshold);
  return Object.fromEntries(
    kept.map(({ attribute, summaryScore }) => {
      const spanScores = spans.map(({ begin, end, score }) => {
        return { begin, end, score: scoreRecord(attribute, model, score) };
      });
      return [attribute.name, { spanScores, summaryScore }];
    }),
  );
}

/** The attributes that are asked for in languages that the model speaks. @throws PerspectiveRefusal */
function spokenAttributes(body: AnalyzeRequest, model: ServedClassifier): AskedAttribute[] {
  const mayDrop = body.dropUnsupportedAttributes === true;
  const asked = readAttributes(body.requestedAttributes, model, mayDrop);
  const unspoken = unspokenLanguages(body.languages ?? [], model);
  if (unspoken.length === 0 || asked.length === 0) return asked;
  if (mayDrop) return [];
  throw languageRefusal(asked[0].name, unspoken);
}

/** @throws Refusal; PolytagError of scoring */
export async function answerAnalyze(
  request: DialectRequest,
  service: ScoringService,
): Promise<DialectAnswer> {
  const body = checkBody(analyzeSchema, readProtoNames(request.body));
  const model = service.classifier(modelNameOf(request));
  const text = readComment(body);
  const asked = spokenAttributes(body, model);
  // One span with the summary's score is what Perspective answered to those who ask for no sentences, and what
  // programs read that take the first span for the whole.
  const spans =
    body.spanAnnotations === true && asked.length > 0
      ? sentenceSpans(text, mostSpans)
      : [{ begin: 0, end: text.length }];
  const comment = await scoreComment(model, text, spans, request.context);
  const attributeScores = attributeRecords(asked, model, comment);
  const isGiven = body.languages !== undefined && body.languages.length > 0;
  const { tokens, truncated, windows } = comment.whole;
  return {
    body: {
      ...(Object.keys(attributeScores).length > 0 && { attributeScores }),
      languages: isGiven ? body.languages : model.languages.slice(0, 1),
      detectedLanguages: [undetermined],
      ...(body.clientToken !== undefined && { clientToken: body.clientToken }),
      polytag: { model: model.name, version: model.version, tokens, truncated, windows },
    },
    scored: { model, texts: [comment.whole] },
  };
}
