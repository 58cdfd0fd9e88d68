// POST /v2/models/{model}/infer: texts in, tensors out.
import type { ScoringService } from '../../scoring/scoring-service.js';
import type { ServedModel, TextScore } from '../../scoring/served-model.js';
import type { DialectAnswer, DialectRequest } from '../dialect.js';
import { encodedWork } from '../vector-lists.js';
import { type InferRequest, readInferRequest } from './infer-request.js';
import { writeInferAnswer } from './infer-answer.js';
import { namedModel } from './models.js';
import {
  checkOutputs,
  chooseOutputs,
  type OutputTensor,
  scoreTensors,
  vectorTensors,
} from './outputs.js';

/** What a model made of texts. */
interface Outcome {
  readonly tensors: readonly OutputTensor[];
  readonly labels: readonly string[];
  readonly truncatedTexts: number;
  readonly scored?: DialectAnswer['scored'];
  readonly encoded?: DialectAnswer['encoded'];
}

function countTruncated(texts: readonly Pick<TextScore, 'truncated'>[]): number {
  return texts.filter(({ truncated }) => truncated > 0).length;
}

async function compute(
  model: ServedModel,
  { texts }: InferRequest,
  { context }: DialectRequest,
): Promise<Outcome> {
  if (model.kind === 'encoder') {
    const encoded = await model.embed(texts, context);
    const tensors = vectorTensors(model, encoded);
    const work = encodedWork(model, encoded);
    return { tensors, labels: [], truncatedTexts: countTruncated(encoded), encoded: work };
  }
  const scores = await model.score(texts, context);
  return {
    tensors: scoreTensors(model, scores),
    labels: model.labels,
    truncatedTexts: countTruncated(scores),
    scored: { model, texts: scores },
  };
}

/** Answers POST /v2/models/{model}/infer. */
export async function answerInfer(
  request: DialectRequest,
  service: ScoringService,
): Promise<DialectAnswer> {
  const model = namedModel(service, request.parameters);
  const infer = readInferRequest(request);
  checkOutputs(infer.outputs, model);
  const { tensors, labels, truncatedTexts, scored, encoded } = await compute(model, infer, request);
  const outputs = chooseOutputs(tensors, infer.outputs, infer.allBinary, labels);
  const head = {
    model_name: model.name,
    model_version: model.version,
    id: infer.id,
    parameters: { truncated_texts: truncatedTexts },
  };
  return { ...(await writeInferAnswer(head, outputs, request.context.signal)), scored, encoded };
}
