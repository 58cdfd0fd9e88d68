// Reads a form as browsers and curl -d send it (application/x-www-form-urlencoded, WHATWG URL Standard, section 5).
import { Refusal } from './refusal.js';

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new Refusal('BODY_INVALID', 'the form is not UTF-8 in percent-encoding');
  }
}

/**
 * The values of each field, in order.
 * @throws Refusal BODY_INVALID; MEDIA_TYPE_UNSUPPORTED for JSON, which curl -d sends as a form unless told otherwise
 */
export function parseForm(bytes: Buffer): Map<string, string[]> {
  const text = bytes.toString('latin1');
  if (/^\s*[{[]/.test(text)) {
    throw new Refusal(
      'MEDIA_TYPE_UNSUPPORTED',
      'the body looks like JSON but came as a form; send it with Content-Type: application/json',
    );
  }
  const fields = new Map<string, string[]>();
  for (const field of text.split('&')) {
    if (field === '') continue;
    const middle = field.indexOf('=');
    const name = decode(middle < 0 ? field : field.slice(0, middle));
    const values = fields.get(name);
    const value = middle < 0 ? '' : decode(field.slice(middle + 1));
    if (values === undefined) fields.set(name, [value]);
    else values.push(value);
  }
  return fields;
}
