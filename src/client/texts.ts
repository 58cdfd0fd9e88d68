// What may be sent to be encoded: the checks of the original's client.
import { polytagError } from '../errors/index.js';

/** A text, or the tokens of one. A pair of texts is written "a ||| b", or with the token "|||". */
export type ClientText = string | readonly string[];

/**
 * Checks that `texts` is a list of texts, or of lists of tokens, and that none is empty or blank: the original's
 * service does not answer those.
 * @throws PolytagError OPTION_INVALID naming the first that is wrong
 */
export function checkTexts(texts: readonly ClientText[], isTokenized: boolean): void {
  checkList('texts', texts);
  for (const [index, text] of texts.entries()) {
    const name = `texts[${index}]`;
    if (isTokenized) {
      checkTokens(name, text);
    } else {
      checkText(name, text);
    }
  }
}

/** Whether every text has at most `limit` tokens; words, where it is not split into tokens yet. */
export function areWithin(texts: readonly ClientText[], limit: number): boolean {
  return texts.every((text) => {
    const tokens = typeof text === 'string' ? text.trim().split(/\s+/) : text;
    return tokens.length <= limit;
  });
}

// The types promise all this; what JavaScript passes may be anything.
function checkList(name: string, list: unknown): void {
  if (!Array.isArray(list) || list.length === 0) {
    throw wrong(name, list, 'a list that is not empty');
  }
}

function checkTokens(name: string, tokens: unknown): void {
  if (!Array.isArray(tokens) || tokens.length === 0) {
    throw wrong(name, tokens, 'a list of tokens that is not empty');
  }
  for (const [index, token] of tokens.entries()) {
    checkText(`${name}[${index}]`, token);
  }
}

function checkText(name: string, text: unknown): void {
  if (typeof text !== 'string' || text.trim() === '') {
    throw wrong(name, text, 'a text that is not blank');
  }
}

function wrong(option: string, value: unknown, expected: string): Error {
  const shown = typeof value === 'string' ? value : kindOf(value);
  return polytagError('OPTION_INVALID', { option, value: shown.slice(0, 40), expected });
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) {
    return value.length === 0 ? '[]' : 'a list';
  }
  return value === null ? 'null' : typeof value;
}
