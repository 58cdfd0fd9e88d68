// What one HTTP client may take of the service: bytes, time and places.

export interface HttpLimits {
  /** Bytes of one request body, also after it was unpacked. Default 16 MiB. */
  readonly bodyBytes: number;
  /** Bytes of all bodies held at once. Default 8 times `bodyBytes`. */
  readonly heldBytes: number;
  /** How many times larger than it was sent a packed body may become, once it is beyond 1 MiB. Default 100. */
  readonly inflationRatio: number;
  /** Levels of arrays and objects in a JSON body. Default 64. */
  readonly jsonDepth: number;
  /** Requests that wait for one of the places at work. Default 8 for each place. */
  readonly waitingRequests: number;
  /** The longest wait for a place, in milliseconds. Default 10,000. */
  readonly waitMilliseconds: number;
  /** Sockets open at once; more are closed as they come. Default 1,024. */
  readonly sockets: number;
  /** From the first byte to the last of the headers, in milliseconds. Default 10,000. */
  readonly headersMilliseconds: number;
  /** From the first byte to the last of the body, in milliseconds. Default 30,000. */
  readonly requestMilliseconds: number;
  /** A client that takes nothing of its answer for so long is cut off, in milliseconds. Default 30,000. */
  readonly writeMilliseconds: number;
  /** How often the two times above are looked at, in milliseconds. Default 1,000. */
  readonly checkMilliseconds: number;
}

const mebibyte = 1 << 20;

/** The limits of a service that works on `maxConnections` requests at a time, where `given` says nothing else. */
export function httpLimits(maxConnections: number, given: Partial<HttpLimits>): HttpLimits {
  const bodyBytes = given.bodyBytes ?? 16 * mebibyte;
  return {
    heldBytes: 8 * bodyBytes,
    inflationRatio: 100,
    jsonDepth: 64,
    waitingRequests: 8 * maxConnections,
    waitMilliseconds: 10_000,
    sockets: 1024,
    headersMilliseconds: 10_000,
    requestMilliseconds: 30_000,
    writeMilliseconds: 30_000,
    checkMilliseconds: 1000,
    ...given,
    bodyBytes,
  };
}
