// POST /v1alpha1/comments:suggestscore: what a person says a comment should have scored, kept for the next training.
import { checkBody } from '../../http/schema-check.js';
import { Refusal } from '../../http/refusal.js';
import type { CategoryRule } from '../../scoring/label-mapping.js';
import type { ScoringService } from '../../scoring/scoring-service.js';
import type { ServedClassifier } from '../../scoring/served-model.js';
import type { DialectAnswer, DialectOptions, DialectRequest } from '../dialect.js';
import { modelNameOf } from '../named-model.js';
import { languageRefusal, readComment, unspokenLanguages } from './comment.js';
import { PerspectiveRefusal } from './refusals.js';
import { readProtoNames } from './request-names.js';
import { type SuggestRequest, suggestSchema } from './schemas.js';

/** From here on a score says that a label holds. */
const holdsFrom = 0.5;

/**
 * The labels that a score of an attribute says something about. Of several labels that make an attribute
 * together, one kind of score leaves open which of them it is.
 */
function labelsTold({ combine, labels }: CategoryRule, value: number): readonly string[] {
  const saysAll = combine === 'any' ? value < holdsFrom : value >= holdsFrom;
  return labels.length === 1 || saysAll ? labels : [];
}

/** What the suggestion says of the model's labels. @throws PerspectiveRefusal */
function readScores(
  { attributeScores }: SuggestRequest,
  { mapping }: ServedClassifier,
): Record<string, number> {
  const given = Object.entries(attributeScores ?? {});
  if (given.length === 0) {
    throw new PerspectiveRefusal('INVALID_REQUEST', 'attribute_scores must not be empty');
  }
  const scores = new Map<string, number>();
  for (const [attribute, { summaryScore, spanScores }] of given) {
    const name = attribute.slice(0, 100);
    const rule = mapping.perspective.get(attribute);
    if (rule === undefined) {
      throw new PerspectiveRefusal('INVALID_REQUEST', `Unknown attribute: ${name}`);
    }
    if (summaryScore === undefined) {
      const problem =
        spanScores === undefined
          ? `The scores of attribute ${name} are empty`
          : `Attribute ${name} has span scores only; this service keeps scores of whole comments`;
      throw new PerspectiveRefusal('INVALID_REQUEST', problem);
    }
    for (const label of labelsTold(rule, summaryScore.value)) {
      const before = scores.get(label);
      if (before !== undefined && before >= holdsFrom !== summaryScore.value >= holdsFrom) {
        const problem = `The scores contradict each other about the label of attribute ${name}`;
        throw new PerspectiveRefusal('INVALID_REQUEST', problem);
      }
      scores.set(label, summaryScore.value);
    }
  }
  if (scores.size === 0) {
    const problem = 'The scores leave open which labels they are about';
    throw new PerspectiveRefusal('INVALID_REQUEST', problem);
  }
  return Object.fromEntries(scores);
}

/** @throws Refusal */
export async function answerSuggestScore(
  request: DialectRequest,
  service: ScoringService,
  { storeFeedback }: DialectOptions,
): Promise<DialectAnswer> {
  const body = checkBody(suggestSchema, readProtoNames(request.body));
  const model = service.classifier(modelNameOf(request));
  const text = readComment(body);
  const scores = readScores(body, model);
  const unspoken = unspokenLanguages(body.languages ?? [], model);
  if (unspoken.length > 0) {
    throw languageRefusal(Object.keys(body.attributeScores ?? {})[0], unspoken);
  }
  if (body.doNotStore !== true) {
    if (storeFeedback === undefined) {
      throw new Refusal(
        'NOT_FOUND',
        'this service keeps no feedback: it was started without a file for it',
      );
    }
    const { client } = request.context;
    const { requestId } = request;
    await storeFeedback({ requestId, text, scores, model, client, community: body.communityId });
  }
  return {
    body: {
      ...(body.clientToken !== undefined && { clientToken: body.clientToken }),
      ...(body.languages !== undefined && { requestedLanguages: body.languages }),
    },
  };
}
