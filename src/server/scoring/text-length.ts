// Refuses texts that would hold everybody up while they are cut into tokens.
import { Refusal } from '../http/refusal.js';

/** @throws Refusal TEXT_TOO_LONG */
export function refuseLongTexts(texts: readonly string[], most: number): void {
  const at = texts.findIndex(({ length }) => length > most);
  if (at < 0) return;
  throw new Refusal(
    'TEXT_TOO_LONG',
    `text ${at + 1} of ${texts.length} has ${texts[at].length} characters; expected ${most} at most: send it in parts`,
  );
}
