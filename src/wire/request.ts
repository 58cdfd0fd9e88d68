// The requests of bert-as-service 1.10: four frames [identity, body, request id, number of texts].
import { maximalIdentityBytes, readDigits, readIdentity, readJson } from './frames.js';
import { outlineTexts } from './texts-outline.js';
import { WireFault } from './wire-fault.js';

/** A request that is no list of texts. */
type WireCommand = 'config' | 'status' | 'terminate';

const bodyOf: Readonly<Record<WireCommand, string>> = {
  config: 'SHOW_CONFIG',
  status: 'SHOW_STATUS',
  terminate: 'TERMINATION',
};
const commands: readonly WireCommand[] = ['config', 'status', 'terminate'];

/** What a client asks for. */
export type WireRequest =
  | {
      readonly kind: 'encode';
      readonly identity: Buffer;
      /** Decimal digits, as the client wrote them. */
      readonly requestId: string;
      /** Parsed JSON: as many items as `count`; none holds lists deeper than one, or objects. */
      readonly texts: readonly unknown[];
      readonly count: number;
    }
  | { readonly kind: WireCommand; readonly identity: Buffer; readonly requestId: string };

/** What a client may ask for at most. */
export interface RequestLimits {
  /** Bytes of all frames together. */
  readonly maxBytes: number;
}

/** The most texts in one request: a million vectors of any real width exceed what one reply can carry. */
const maximalTexts = 1_000_000;

/**
 * Reads a request that nobody vouches for. Sizes, nesting and the announced number of texts are checked before
 * the JSON is parsed.
 * @throws WireFault saying what is wrong; with identity and request id where they could be read
 */
export function readRequest(frames: readonly Uint8Array[], limits: RequestLimits): WireRequest {
  const identity = readIdentity(frames[0]);
  const requestId = readDigits(frames[2]);
  const refuse = (problem: string) => new WireFault(problem, { identity, requestId });
  if (frames.length !== 4) {
    throw refuse(`a request has 4 frames; this one has ${frames.length}`);
  }
  const [, body, , announced] = frames;
  const bytes = frames.reduce((sum, frame) => sum + frame.length, 0);
  if (bytes > limits.maxBytes) {
    throw refuse(`the request has ${bytes} bytes; at most ${limits.maxBytes} are taken`);
  }
  if (!identity) {
    throw refuse(
      `an identity has 1 to ${maximalIdentityBytes} bytes; this one has ${frames[0].length}`,
    );
  }
  if (requestId === undefined) {
    throw refuse('the request id is not a decimal number of at most 32 digits');
  }
  const count = readDigits(announced);
  if (count === undefined) {
    throw refuse('the number of texts is not a decimal number');
  }
  const command = commands.find((known) => holds(body, bodyOf[known]));
  if (command) {
    return { kind: command, identity, requestId };
  }
  const texts = readTexts(body, Number(count), refuse);
  return { kind: 'encode', identity, requestId, texts, count: texts.length };
}

function readTexts(body: Uint8Array, count: number, refuse: (problem: string) => Error) {
  const outline = outlineTexts(body);
  if (outline.hasObject || outline.depth > 2) {
    throw refuse('the request is neither a list of texts nor a list of lists of tokens');
  }
  // Where the outline says 0 the bytes may be no list at all: the parser knows, and that is what to say.
  if (outline.items > 0 && outline.items !== count) {
    throw refuse(`the request announces ${count} texts and holds ${outline.items}`);
  }
  if (outline.items > maximalTexts) {
    throw refuse(`the request holds ${outline.items} texts; at most ${maximalTexts} are taken`);
  }
  const texts = readJson(body, 'the texts', refuse);
  if (!Array.isArray(texts)) {
    throw refuse('the request is neither a list of texts nor a list of lists of tokens');
  }
  const items: readonly unknown[] = texts;
  if (items.length !== count) {
    throw refuse(`the request announces ${count} texts and holds ${items.length}`);
  }
  return items;
}

function holds(frame: Uint8Array, text: string): boolean {
  return frame.length === text.length && Buffer.from(text, 'latin1').equals(frame);
}

/** What a client wants to be answered. */
export type RequestBody =
  | { readonly kind: 'encode'; readonly texts: readonly (string | readonly string[])[] }
  | { readonly kind: WireCommand };

/** The frames of a request. */
export function writeRequest(
  identity: Uint8Array,
  requestId: string,
  request: RequestBody,
): Buffer[] {
  const body = request.kind === 'encode' ? JSON.stringify(request.texts) : bodyOf[request.kind];
  const count = request.kind === 'encode' ? request.texts.length : 0;
  return [
    Buffer.from(identity),
    Buffer.from(body),
    Buffer.from(requestId),
    Buffer.from(String(count)),
  ];
}
