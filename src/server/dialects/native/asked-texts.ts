// The texts and labels that a request of the native interface asks for.
import { Refusal } from '../../http/refusal.js';
import type { ServedClassifier } from '../../scoring/served-model.js';

/**
 * `texts`, or `text` alone.
 * @param most of one request
 * @throws Refusal REQUEST_INVALID
 */
export function askedTexts(
  {
    text,
    texts,
  }: { readonly text?: string | undefined; readonly texts?: readonly string[] | undefined },
  most: number,
): readonly string[] {
  if (text !== undefined && texts !== undefined) {
    throw new Refusal('REQUEST_INVALID', 'text and texts are both there; expected one of them');
  }
  const asked = texts ?? (text === undefined ? undefined : [text]);
  if (asked === undefined) {
    throw new Refusal('REQUEST_INVALID', 'texts is missing; expected a list of strings');
  }
  if (asked.length > most) {
    throw new Refusal(
      'REQUEST_INVALID',
      `texts has ${asked.length} entries; expected at most ${most}: send them in several requests`,
    );
  }
  return asked;
}

/**
 * The places of labels; all where none are named.
 * @throws Refusal REQUEST_INVALID for one that the model does not have
 */
export function labelPlaces(
  { name, labels }: ServedClassifier,
  asked: readonly string[] | undefined,
): number[] {
  if (asked === undefined) return [...labels.keys()];
  return asked.map((label, at) => {
    const place = labels.indexOf(label);
    if (place >= 0) return place;
    const known = labels.map((one) => JSON.stringify(one)).join(', ');
    throw new Refusal(
      'REQUEST_INVALID',
      `labels[${at}] is ${JSON.stringify(label.slice(0, 64))}, which is no label of ${name}; it has ${known}`,
    );
  });
}
