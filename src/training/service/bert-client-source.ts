// The client of encoder services as a source of vectors for training.
import { BertClient, formatServiceAddress, type ServiceAddress } from '../../client/index.js';
import type { ServiceStatus, ServiceVectors, VectorSource } from './vector-source.js';

/** Milliseconds to wait for the first word of a service. */
const connectTimeout = 10_000;

/** Milliseconds for an answer: no limit to speak of, whoever asks has one. */
const answerTimeout = 24 * 60 * 60 * 1000;

/**
 * What a blank text is sent as, which clients of bert-as-service may not send: a character that BERT's
 * tokenizer leaves out, so that both have the tokens of the empty text. (U+200B is of the category Cf, which
 * `_clean_text` of google-research/bert's tokenization.py drops.)
 */
const nothing = '\u200b';

/** Connects when first asked. */
export class BertClientSource implements VectorSource {
  readonly address: string;
  #client: Promise<BertClient> | undefined;

  constructor(private readonly where: ServiceAddress) {
    this.address = formatServiceAddress(where);
  }

  async status(): Promise<ServiceStatus> {
    const client = await this.#connect();
    return client.serverStatus({ timeout: answerTimeout });
  }

  async encode(texts: readonly string[]): Promise<ServiceVectors> {
    const client = await this.#connect();
    const sent = texts.map((text) => (text.trim() === '' ? nothing : asOneText(text)));
    return client.encode(sent, { timeout: answerTimeout });
  }

  async close(): Promise<void> {
    const client = await this.#client?.catch(() => undefined);
    client?.close();
  }

  #connect(): Promise<BertClient> {
    // Of long texts training warns itself.
    const checks = { checkLength: false, checkTokenInfo: false };
    this.#client ??= BertClient.connect({ ...this.where, ...checks, timeout: connectTimeout });
    return this.#client;
  }
}

/**
 * The text with the same tokens that no service takes for a pair of texts: BERT's tokenizer makes three
 * tokens of `|||` and of `| | |` alike.
 */
function asOneText(text: string): string {
  return text.replace(/(?<= )\|\|\|(?= )/g, '| | |');
}
