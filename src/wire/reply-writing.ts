// The replies of bert-as-service 1.10, as a server writes them: vectors, records, refusals.

/** The frames of a reply; ready for a ZeroMQ PUB socket, whose topic is the first. */
export type ReplyFrames = (string | Uint8Array)[];

/** Vectors of one request. */
export interface VectorBlock {
  /** Row-major. */
  readonly data: Float32Array;
  /** [texts, width], or [texts, tokens, width]. */
  readonly shape: readonly number[];
  /** The tokens of each text; nothing where they are not shown. */
  readonly tokens?: readonly (readonly string[])[] | undefined;
}

/**
 * Frames of the reply to texts: [identity, JSON, raw floats, request id]. The floats are not copied: they must
 * stay as they are until the socket has sent them. Their byte order is the machine's, which is little-endian
 * wherever Node.js and ZeroMQ run together.
 */
export function writeVectors(
  identity: Uint8Array,
  requestId: string,
  { data, shape, tokens }: VectorBlock,
): ReplyFrames {
  const size = shape.reduce((product, extent) => product * extent, 1);
  if (size !== data.length) {
    throw new RangeError(`${data.length} numbers do not fill the shape [${shape.join(', ')}]`);
  }
  // The original writes an empty string where it shows no tokens, and its client's users test for that.
  const description = JSON.stringify({ dtype: 'float32', shape, tokens: tokens ?? '' });
  return [identity, description, bytesOf(data), requestId];
}

/** Frames of the reply to SHOW_CONFIG and SHOW_STATUS: [identity, JSON object, request id]. */
export function writeRecord(identity: Uint8Array, requestId: string, record: object): ReplyFrames {
  return [identity, JSON.stringify(record), requestId];
}

/** Why a request is not answered. */
export interface Refusal {
  /** A stable word, such as an error's code. */
  readonly code: string;
  /** One sentence. */
  readonly message: string;
}

/**
 * Frames of the reply to a request that is refused. The protocol has no such reply, and the original's client
 * waits for ever without one. This one has the form of vectors, but its "dtype" is the sentence: the client hands
 * it to numpy, which raises `TypeError: data type '<sentence>' not understood`, and its user reads the reason.
 * Clients that know better find code and message under "error".
 */
export function writeRefusal(
  identity: Uint8Array,
  requestId: string,
  refusal: Refusal,
): ReplyFrames {
  const { code, message } = refusal;
  const dtype = unreadableType(message);
  const description = { dtype, shape: [0], tokens: '', error: { code, message } };
  return [identity, JSON.stringify(description), new Uint8Array(), requestId];
}

const longestSentence = 1000;

/**
 * The sentence, in a form that no numpy takes for a type and every numpy shows whole:
 * - a word before it: numpy reads a leading digit or parenthesis as a list of types, a leading "M8" or
 *   "datetime64" as a date, a lone "i" or "object" as a type;
 * - no commas, which separate types in a list ("a, b" is a type of two fields): semicolons instead, and nothing
 *   between the digits of a number;
 * - printable ASCII: numpy before 1.20 says only "data type not understood" about anything else, and shows
 *   control characters as escapes;
 * - at most 1,000 characters.
 */
function unreadableType(sentence: string): string {
  const printable = sentence
    .replace(/(?<=\d),(?=\d)/g, '')
    .replaceAll(',', ';')
    .replace(/\s+/g, ' ')
    .replace(/[^ -~]/gu, '?');
  return `refused: ${printable.slice(0, longestSentence)}`;
}

function bytesOf(data: Float32Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
