// Brings a model into a form that all threads can load: a path, or bytes in memory that they share.
import { polytagError } from '../errors/index.js';
import type { SharedModel } from './session.js';
import { ThreadFailure } from './threads/thread.js';
import { messageOf } from './thrown.js';

/**
 * A model: the path of an ONNX file, its bytes, or its bytes in chunks that follow each other. A path
 * costs least: nothing is kept in memory, and weights in an external data file are mapped.
 */
export type ModelSource = string | Uint8Array | readonly Uint8Array[];

/** The model as threads get it. Bytes are copied once, into memory shared by all of them. */
export function shareModel(model: ModelSource): SharedModel {
  if (typeof model === 'string') return model;
  const chunks = model instanceof Uint8Array ? [model] : model;
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const shared = new SharedArrayBuffer(length);
  const bytes = new Uint8Array(shared);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return shared;
}

/** How an error message calls the model. */
function nameModel(model: SharedModel): string {
  return typeof model === 'string' ? `the model ${model}` : 'the model';
}

/** The error for a model that a thread could not load, from what the thread's call threw. */
export function loadError(error: unknown, model: SharedModel): Error {
  const reason = messageOf(error);
  return error instanceof ThreadFailure
    ? polytagError('MODEL_LOAD_FAILED', { model: nameModel(model), reason })
    : polytagError('WORKERS_LOST', { reason });
}
