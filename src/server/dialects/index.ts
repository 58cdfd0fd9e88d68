// All dialects that are served. Where two have a route in common, the first answers it.
import { createBertServing } from './bert-serving.js';
import { huggingFace } from './hugging-face.js';
import { kserve } from './kserve.js';
import { openai } from './openai.js';
import { createPerspective } from './perspective.js';
import { sagemaker } from './sagemaker.js';
import { textEmbeddingsInference } from './text-embeddings-inference.js';
import { createNative } from './native.js';
import { vllm } from './vllm.js';
import type { Dialect, DialectOptions } from './dialect.js';

/** Makes the dialects of one server; each adds its own line here. The first answers where no other is meant. */
export function createDialects(options: DialectOptions): readonly Dialect[] {
  return [
    createNative(options),
    createPerspective(options),
    openai,
    textEmbeddingsInference,
    kserve,
    vllm,
    huggingFace,
    sagemaker,
    createBertServing(),
  ];
}
