// Models that a client names in the body: NAME, or NAME@VERSION for the one and no later.
import { Refusal } from '../http/refusal.js';
import type { ServedModel } from '../scoring/served-model.js';

/** `NAME@VERSION`. */
export function versionedName({ name, version }: ServedModel): string {
  return `${name}@${version}`;
}

/**
 * The name of a model without its version.
 * @param find the model of a name; throws Refusal MODEL_UNKNOWN
 * @throws Refusal MODEL_UNKNOWN, also where another version is served
 */
export function modelOfReference<Model extends ServedModel>(
  reference: string | undefined,
  find: (name?: string) => Model,
): Model {
  if (reference === undefined) return find();
  const middle = reference.lastIndexOf('@');
  if (middle < 0) return find(reference);
  const model = find(reference.slice(0, middle));
  if (model.version === reference.slice(middle + 1)) return model;
  throw new Refusal(
    'MODEL_UNKNOWN',
    `the version asked for is not served; ${versionedName(model)} is`,
  );
}
