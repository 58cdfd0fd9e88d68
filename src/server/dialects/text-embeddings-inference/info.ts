// GET /info: what is served, by the keys of Text Embeddings Inference.
import type { ScoringService } from '../../scoring/scoring-service.js';
import type { ServedModel } from '../../scoring/served-model.js';
import { packageVersion } from '../../../runtime/index.js';
import type { DialectAnswer, DialectRequest } from '../dialect.js';
import { modelNamed, modelNameOf } from '../named-model.js';

/** The version whose interface is spoken: clients choose by it what they may ask for. */
const originalVersion = '1.9.3';

/** The original's names, where they are others. */
const poolingNames: Readonly<Record<string, string>> = { first: 'cls', last: 'last-token' };

function modelType(model: ServedModel): object {
  if (model.kind === 'encoder') {
    const { pooling } = model;
    return { embedding: { pooling: poolingNames[pooling] ?? pooling } };
  }
  return {
    classifier: {
      id2label: Object.fromEntries(model.labels.map((label, index) => [String(index), label])),
      label2id: Object.fromEntries(model.labels.map((label, index) => [label, index])),
    },
  };
}

/** Answers GET /info. What has no counterpart here is null. */
export function answerInfo(request: DialectRequest, service: ScoringService): DialectAnswer {
  const model = modelNamed(service, modelNameOf(request));
  return {
    body: {
      model_id: model.name,
      model_sha: model.version,
      model_dtype: 'float32',
      served_model_name: model.name,
      model_type: modelType(model),
      max_concurrent_requests: null,
      max_input_length: model.maxLength,
      max_batch_tokens: null,
      max_batch_requests: null,
      max_client_batch_size: request.limits.texts,
      auto_truncate: true,
      tokenization_workers: null,
      version: originalVersion,
      sha: null,
      docker_label: null,
      polytag: { version: packageVersion() },
    },
  };
}
