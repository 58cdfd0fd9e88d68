// Reads the body of a request as its route takes it: media type, size, encoding, JSON.
import type { IncomingMessage } from 'node:http';
import type { DialectRequest, DialectRoute } from '../dialects/dialect.js';
import type { Lease } from './held-bytes.js';
import type { HttpLimits } from './http-limits.js';
import { parseStrictJson, readUtf8 } from './json-scan.js';
import { parseMediaType } from './media-type.js';
import { Refusal } from './refusal.js';
import { readBody } from './request-body.js';

export type RouteBody = Pick<DialectRequest, 'mediaType' | 'body' | 'bodyText' | 'bytes'>;

const noBody: RouteBody = {
  mediaType: undefined,
  body: undefined,
  bodyText: '',
  bytes: new Uint8Array(),
};

/**
 * The media type of the body, one of the route's.
 * @throws Refusal MEDIA_TYPE_UNSUPPORTED
 */
function mediaTypeFor(route: DialectRoute, header: string | undefined): string {
  const known = Object.keys(route.body ?? {});
  const type = parseMediaType(header ?? '');
  const charset = type?.parameters.get('charset')?.toLowerCase() ?? 'utf-8';
  const isUtf8 = charset === 'utf-8' || charset === 'utf8';
  if (type !== undefined && isUtf8 && known.includes(type.name)) return type.name;
  if (route.anyMediaType === true) return known[0];
  throw new Refusal(
    'MEDIA_TYPE_UNSUPPORTED',
    `the Content-Type is ${header === undefined ? 'missing' : 'not supported'}; expected ${known.join(' or ')}, in UTF-8`,
    { connection: 'close' },
  );
}

function isJson(mediaType: string): boolean {
  return mediaType === 'application/json' || mediaType.endsWith('+json');
}

function isText(mediaType: string): boolean {
  return mediaType.startsWith('text/') || mediaType === 'application/x-www-form-urlencoded';
}

/**
 * @throws Refusal MEDIA_TYPE_UNSUPPORTED, BODY_TOO_LARGE, BODY_INVALID, TOO_BUSY; ClientGone
 */
export async function readRouteBody(
  incoming: IncomingMessage,
  route: DialectRoute,
  limits: HttpLimits,
  lease: Lease,
): Promise<RouteBody> {
  if (route.body === undefined) return noBody;
  const mediaType = mediaTypeFor(route, incoming.headers['content-type']);
  const bytes = await readBody(incoming, limits, lease);
  if (isJson(mediaType)) {
    const { value, text } = parseStrictJson(bytes, limits.jsonDepth);
    return { mediaType, body: value, bodyText: text, bytes };
  }
  const bodyText = isText(mediaType) ? readUtf8(bytes) : '';
  return { mediaType, body: undefined, bodyText, bytes };
}
