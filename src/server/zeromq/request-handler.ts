// What becomes of each message: every one is answered, counted as dropped, or ends the service.
import {
  readRequest,
  WireFault,
  writeRecord,
  writeRefusal,
  writeVectors,
} from '../../wire/index.js';
import type { EncodedTexts, EncodingService } from '../encoder/encoding-service.js';
import { failureOf, type ServiceJournal } from '../encoder/service-journal.js';
import { polytagError } from '../../errors/index.js';
import type { AdmissionGate } from './admission-gate.js';
import { clientName } from './client-name.js';
import type { Frames } from './outbox.js';

/** What a handler needs. */
export interface HandlerOptions {
  readonly service: EncodingService;
  readonly journal: ServiceJournal;
  readonly gate: AdmissionGate;
  /** Bytes of one request at most. */
  readonly maxBytes: number;
  readonly send: (identity: Uint8Array, frames: Frames) => void;
  /** A client has asked the service to end, and may. */
  readonly onTermination: () => void;
}

/** Requests and refusals that can be answered name both. */
interface Addressee {
  readonly identity: Buffer;
  readonly requestId: string;
}

/** Handles messages. */
export class RequestHandler {
  readonly #options: HandlerOptions;
  readonly #underWay = new Set<Promise<void>>();

  constructor(options: HandlerOptions) {
    this.#options = options;
  }

  /**
   * Handles one message; its reply is sent later if it takes time. Never throws.
   * @param mayTerminate whether the message came over a way that only this machine's programs have
   */
  handle(frames: readonly Uint8Array[], mayTerminate: boolean): void {
    const { service, journal, maxBytes, send, onTermination } = this.#options;
    try {
      const request = readRequest(frames, { maxBytes });
      const { identity, requestId } = request;
      const client = clientName(identity);
      switch (request.kind) {
        case 'encode':
          this.#encode(request, client, request.texts, frames);
          return;
        case 'config':
          send(identity, writeRecord(identity, requestId, service.config(client)));
          return;
        case 'status':
          send(identity, writeRecord(identity, requestId, service.status(client)));
          return;
        case 'terminate':
          journal.askedToEnd(client, mayTerminate);
          if (mayTerminate) onTermination();
          return;
      }
    } catch (error) {
      this.#refuse(error);
    }
  }

  /** Resolves when all requests that were taken in have been answered. */
  async idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  #encode(
    addressee: Addressee,
    client: string,
    texts: unknown,
    frames: readonly Uint8Array[],
  ): void {
    const { gate } = this.#options;
    const leave = gate.enter(frames.reduce((sum, { length }) => sum + length, 0));
    const answered = this.#answer(addressee, client, texts).finally(() => {
      leave();
      this.#underWay.delete(answered);
    });
    this.#underWay.add(answered);
  }

  /** Never rejects. */
  async #answer({ identity, requestId }: Addressee, client: string, texts: unknown): Promise<void> {
    const { service, journal, send } = this.#options;
    let vectors: EncodedTexts;
    try {
      vectors = await service.encode({ client, texts });
    } catch (error) {
      // The service has counted it.
      send(identity, writeRefusal(identity, requestId, failureOf(error)));
      return;
    }
    try {
      send(identity, writeVectors(identity, requestId, vectors));
    } catch (error) {
      send(identity, writeRefusal(identity, requestId, journal.failed(client, error)));
    }
  }

  /** Answers a message that is none, if it says whom to answer. */
  #refuse(error: unknown): void {
    const { journal, send } = this.#options;
    if (!(error instanceof WireFault)) {
      journal.failed('', error);
      return;
    }
    const { identity, requestId, message: problem } = error;
    if (identity === undefined || requestId === undefined) {
      journal.dropped('message', identity && clientName(identity), problem);
      return;
    }
    const fault = polytagError('REQUEST_INVALID', { problem });
    const failure = journal.failed(clientName(identity), fault);
    send(identity, writeRefusal(identity, requestId, failure));
  }
}
