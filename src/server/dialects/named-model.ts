// Which model a request means, where its dialect has a place for a name.
import { Refusal } from '../http/refusal.js';
import type { ScoringService } from '../scoring/scoring-service.js';
import type { ServedModel } from '../scoring/served-model.js';
import type { DialectRequest } from './dialect.js';

function memberModel({ model }: Readonly<Record<string, string | undefined>>): string | undefined {
  return model;
}

/** The name in the path, or else in `?model=`. */
export function modelNameOf({ parameters, query }: DialectRequest): string | undefined {
  return memberModel(parameters) ?? query.get('model') ?? undefined;
}

/**
 * The model of a name, or the first one.
 * @throws Refusal MODEL_UNKNOWN
 */
export function modelNamed(service: ScoringService, name: string | undefined): ServedModel {
  const { models } = service;
  const model = name === undefined ? models.at(0) : models.find((one) => one.name === name);
  if (model !== undefined) return model;
  throw new Refusal('MODEL_UNKNOWN', 'there is no model of this name');
}
