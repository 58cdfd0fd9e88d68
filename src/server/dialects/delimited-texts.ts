// Texts that come as JSON lines or as CSV, and scores that go back in the same way.
import { parseStrictJson } from '../http/json-scan.js';
import { Refusal } from '../http/refusal.js';

/** Levels of arrays and objects in a line. */
const jsonDepth = 64;

function invalid(problem: string): Refusal {
  return new Refusal('REQUEST_INVALID', problem);
}

/** @throws Refusal REQUEST_INVALID */
export function checkTextCount(count: number, most: number): void {
  if (count === 0) throw invalid('the body holds no text; expected one at least');
  if (count <= most) return;
  throw invalid(`the body holds more than ${most} texts; send them in several requests`);
}

function textOfLine(line: string, number: number): string {
  let value: unknown;
  try {
    value = parseStrictJson(Buffer.from(line), jsonDepth).value;
  } catch (error) {
    if (error instanceof Refusal) throw new Refusal('BODY_INVALID', `line ${number} is not JSON`);
    throw error;
  }
  if (typeof value === 'string') return value;
  if (typeof value === 'object' && value !== null) {
    const { text, inputs } = value as Record<string, unknown>;
    const found = text ?? inputs;
    if (typeof found === 'string') return found;
  }
  throw invalid(`line ${number} is no text; expected a string, or an object with text or inputs`);
}

/**
 * The texts of JSON lines: strings, or objects with a member `text` or `inputs`. Empty lines are skipped.
 * @throws Refusal BODY_INVALID, REQUEST_INVALID
 */
export function readJsonLines(body: string, most: number): string[] {
  const texts: string[] = [];
  let number = 0;
  let at = 0;
  // Not all lines at once: a body of line ends alone would be millions of strings.
  while (at < body.length) {
    const found = body.indexOf('\n', at);
    const end = found < 0 ? body.length : found;
    const line = body.slice(at, end);
    at = end + 1;
    number += 1;
    if (line.trim() === '') continue;
    texts.push(textOfLine(line, number));
    if (texts.length > most) checkTextCount(texts.length, most);
  }
  checkTextCount(texts.length, most);
  return texts;
}

const plainField = /[^,\r\n]*/y;

/** A field of a record, and where it ends. */
interface Field {
  readonly text: string;
  readonly end: number;
}

function plainFieldAt(body: string, start: number): Field {
  plainField.lastIndex = start;
  const text = plainField.exec(body)?.[0] ?? '';
  return { text, end: start + text.length };
}

/** The field that a quote at `start` begins; undefined where it does not end. */
function quotedFieldAt(body: string, start: number): Field | undefined {
  let at = start + 1;
  for (;;) {
    const quote = body.indexOf('"', at);
    if (quote < 0) return undefined;
    if (body[quote + 1] !== '"') {
      return { text: body.slice(start + 1, quote).replaceAll('""', '"'), end: quote + 1 };
    }
    at = quote + 2;
  }
}

/**
 * The texts of a CSV body without a header: one field a record, quoted where it holds commas, quotes or line ends
 * (RFC 4180). Empty lines are skipped.
 * @throws Refusal BODY_INVALID, REQUEST_INVALID
 */
export function readCsvTexts(body: string, most: number): string[] {
  const texts: string[] = [];
  let at = body.startsWith('\ufeff') ? 1 : 0;
  while (at < body.length) {
    const isQuoted = body[at] === '"';
    const field = isQuoted ? quotedFieldAt(body, at) : plainFieldAt(body, at);
    const record = texts.length + 1;
    const next = field === undefined ? '' : (body[field.end] ?? '\n');
    if (field === undefined || (isQuoted && !',\r\n'.includes(next))) {
      throw new Refusal('BODY_INVALID', `the quotes of record ${record} do not end at its end`);
    }
    if (next === ',') {
      throw invalid(
        `record ${record} has several fields; expected one, quoted where it holds commas`,
      );
    }
    const { text } = field;
    at = field.end;
    if (isQuoted || text !== '') texts.push(text);
    if (texts.length > most) checkTextCount(texts.length, most);
    if (body[at] === '\r') at += 1;
    if (body[at] === '\n') at += 1;
  }
  checkTextCount(texts.length, most);
  return texts;
}
