// Which model a path of KServe's names, and what its metadata say.
import { Refusal } from '../../http/refusal.js';
import type { ScoringService } from '../../scoring/scoring-service.js';
import type { ServedModel } from '../../scoring/served-model.js';
import { describeOutputs } from './outputs.js';

/**
 * The model of a path.
 * @param version of the path; undefined: whichever is served
 * @throws Refusal MODEL_UNKNOWN
 */
export function namedModel(
  service: ScoringService,
  { model: name, version }: Readonly<Record<string, string | undefined>>,
): ServedModel {
  const model = service.models.find((one) => one.name === name);
  if (model === undefined) throw new Refusal('MODEL_UNKNOWN', 'there is no model of this name');
  if (version === undefined || version === model.version) return model;
  throw new Refusal(
    'MODEL_UNKNOWN',
    `there is no such version of the model; version ${model.version} is served`,
  );
}

/** The metadata of a model. */
export function describeModel(model: ServedModel): object {
  return {
    name: model.name,
    versions: [model.version],
    platform: 'polytag',
    inputs: [{ name: 'text', datatype: 'BYTES', shape: [-1] }],
    outputs: describeOutputs(model),
  };
}
