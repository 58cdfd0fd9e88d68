// KServe's first protocol, TensorFlow Serving's: POST /v1/models/{model}:predict.
import { Refusal } from '../../http/refusal.js';
import { checkBody } from '../../http/schema-check.js';
import type { ScoringService } from '../../scoring/scoring-service.js';
import type { ServedEncoder } from '../../scoring/served-model.js';
import type { DialectAnswer, DialectRequest } from '../dialect.js';
import { scoresByLabel } from '../label-scores.js';
import { encodedWork, writeTensors } from '../vector-lists.js';
import { namedModel } from './models.js';
import { Type } from '../../http/schema.js';

const instance = Type.Union([Type.String(), Type.Object({ text: Type.String() })], {
  description: 'A text, alone or as the member text.',
});

/** The body, of which members beside this one are ignored. */
export const instancesSchema = Type.Object({ instances: Type.Array(instance, { minItems: 1 }) });

/**
 * The texts of instances.
 * @throws Refusal REQUEST_INVALID for more than one request may have
 */
function readInstances(
  instances: readonly (string | { readonly text: string })[],
  most: number,
): string[] {
  if (instances.length > most) {
    throw new Refusal(
      'REQUEST_INVALID',
      `instances has ${instances.length} entries; expected at most ${most}: send them in several requests`,
    );
  }
  return instances.map((one) => (typeof one === 'string' ? one : one.text));
}

/** `{"predictions": [...]}`, a vector for each text. */
async function predictVectors(
  model: ServedEncoder,
  texts: readonly string[],
  { context }: DialectRequest,
): Promise<DialectAnswer> {
  const encoded = await model.embed(texts, context);
  const tensors = encoded.map(({ vector }) => ({ data: vector, shape: [vector.length] }));
  const frame = { before: '{"predictions":', after: '}' };
  const bytes = await writeTensors(tensors, context.signal, frame);
  return { bytes, encoded: encodedWork(model, encoded) };
}

/** Answers POST /v1/models/{model}:predict: for each instance its scores by label, or its vector. */
export async function answerPredict(
  request: DialectRequest,
  service: ScoringService,
): Promise<DialectAnswer> {
  const model = namedModel(service, request.parameters);
  const { instances } = checkBody(instancesSchema, request.body);
  const texts = readInstances(instances, request.limits.texts);
  if (model.kind === 'encoder') return predictVectors(model, texts, request);
  const scores = await model.score(texts, request.context);
  return {
    body: { predictions: scores.map((text) => scoresByLabel(model.labels, text.scores)) },
    scored: { model, texts: scores },
  };
}
