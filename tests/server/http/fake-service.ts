// An encoder service without an encoder: what it answers, and when, is up to the test.
import { polytagError } from '../../../src/errors/index.js';
import type {
  EncodedTexts,
  EncodingRequest,
  EncodingService,
  JsonRecord,
} from '../../../src/server/encoder/encoding-service.js';

/** Vectors of `width` numbers: the length of the text, then fractions that take all digits. */
export function vectorsFor(texts: readonly unknown[], width = 4): EncodedTexts {
  const data = new Float32Array(texts.length * width);
  for (const [index, text] of texts.entries()) {
    for (let at = 0; at < width; at++) {
      data[index * width + at] = at === 0 ? (text as string).length : 1 / (index + at + 2);
    }
  }
  return { data, shape: [texts.length, width], tokens: undefined, truncatedTexts: 0 };
}

export class FakeService implements EncodingService {
  readonly requests: EncodingRequest[] = [];
  /** What encode does; vectors at once unless a test says otherwise. */
  answer: (request: EncodingRequest) => Promise<EncodedTexts> = (request) =>
    Promise.resolve(vectorsFor(request.texts as unknown[]));
  statusRecord: JsonRecord = { server_version: '1.10.0', statistic: {}, polytag: {} };

  encode(request: EncodingRequest): Promise<EncodedTexts> {
    this.requests.push(request);
    return this.answer(request);
  }

  config(): JsonRecord {
    return { server_version: '1.10.0', port: 5555, port_out: 5556 };
  }

  status(): JsonRecord {
    return this.statusRecord;
  }

  /** From now on encode waits; the function returned lets all who wait go on. */
  hold(): () => void {
    const before = this.answer;
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.answer = async (request) => {
      const left = new Promise<never>((_, reject) => {
        request.signal?.addEventListener('abort', () => {
          reject(request.signal?.reason as Error);
        });
      });
      await Promise.race([released, left]);
      return before(request);
    };
    return release;
  }
}

/** Waits until `condition` holds. */
export async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 20_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`never: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

export const queueFull = polytagError('QUEUE_FULL', { waiting: 1000 });
