// GET /v1/models and /v1/models/{model}: what is served, as OpenAI lists models.
import { Refusal } from '../../http/refusal.js';
import type { ScoringService } from '../../scoring/scoring-service.js';
import type { ServedModel } from '../../scoring/served-model.js';
import type { DialectAnswer, DialectRequest } from '../dialect.js';
import { modelNamed } from '../named-model.js';
import { modelOfReference } from '../versioned-model.js';

function describe(model: ServedModel): Record<string, unknown> {
  return {
    id: model.name,
    object: 'model',
    created: Math.floor(model.loadedAt.getTime() / 1000),
    owned_by: 'polytag',
    version: model.version,
    kind: model.kind,
    max_model_len: model.maxLength,
  };
}

export function answerModels(_request: DialectRequest, service: ScoringService): DialectAnswer {
  return { body: { object: 'list', data: service.models.map(describe) } };
}

/** @throws Refusal MODEL_UNKNOWN */
export function answerModel(
  { parameters }: DialectRequest,
  service: ScoringService,
): DialectAnswer {
  const model = modelOfReference(parameters.model, (name) => modelNamed(service, name));
  return { body: describe(model) };
}

/** A name that a client of OpenAI's has for its models; here it is the first classifier. */
const ownNames = /^(omni|text)-moderation(-|$)/;

/**
 * The classifier that a request means.
 * @throws Refusal MODEL_UNKNOWN
 */
export function classifierOf(
  reference: string | null | undefined,
  service: ScoringService,
): ReturnType<ScoringService['classifier']> {
  const isServed = service.models.some(({ name }) => name === reference);
  if (!isServed && ownNames.test(reference ?? '')) return service.classifier();
  const model = modelOfReference(reference ?? undefined, (name) => modelNamed(service, name));
  if (reference === null || reference === undefined) return service.classifier();
  if (model.kind === 'classifier') return model;
  throw new Refusal('MODEL_UNKNOWN', `${model.name} is an encoder; expected a classifier`);
}
