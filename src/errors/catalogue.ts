// The one catalogue of errors that users can cause, gathered from one list a room.
import { clientErrors } from './client-errors.js';
import { dataErrors } from './data-errors.js';
import { modelErrors } from './model-errors.js';
import { runtimeErrors } from './runtime-errors.js';
import { serviceErrors } from './service-errors.js';
import { trainingErrors } from './training-errors.js';
import { usageErrors } from './usage-errors.js';
import { weightsErrors } from './weights-errors.js';

/** Every error code with its meaning, sentence and remedy; docs/errors.md is held against it. */
export const errorCatalogue = {
  ...usageErrors,
  ...dataErrors,
  ...weightsErrors,
  ...runtimeErrors,
  ...modelErrors,
  ...clientErrors,
  ...trainingErrors,
  ...serviceErrors,
};

/** A stable error code. */
export type ErrorCode = keyof typeof errorCatalogue;

/** The facts that the sentence of error `Code` needs. */
export type ErrorDetails<Code extends ErrorCode> = Parameters<
  (typeof errorCatalogue)[Code]['sentence']
>[0];
