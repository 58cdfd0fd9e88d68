// One generation of an encoder, loaded: vectors of texts for many clients until it is closed.
import { Encoder, type EncoderInput, type WordPieceTokenizer } from '../../bert/index.js';
import { encoderSettings } from './encoder-settings.js';
import type { EncodedInput, EncodedTokens, RequestContext, ServedEncoder } from './served-model.js';
import { defaultTextCharacters, type ServingOptions } from './serving-options.js';
import { workInside } from './place-at-work.js';
import { refuseLongTexts } from './text-length.js';

/** Hexadecimal digits of a version. */
const versionDigits = 16;

export class LoadedEncoder implements ServedEncoder {
  readonly kind = 'encoder';
  readonly loadedAt = new Date();
  #tokenEncoder: Promise<Encoder> | undefined;

  private constructor(
    readonly name: string,
    readonly version: string,
    private readonly encoder: Encoder,
    private readonly options: ServingOptions,
  ) {}

  /** @throws PolytagError as `Encoder.load` */
  static async load(name: string, folder: string, options: ServingOptions): Promise<LoadedEncoder> {
    const { workers, threadsPerWorker, maxWaitingTexts, onWarning, signal } = options;
    const loading = { workers, threadsPerWorker, maxWaitingTexts, onWarning, signal };
    const settings = await encoderSettings(folder);
    const encoder = await Encoder.load(folder, { ...loading, ...settings });
    const key = await encoder.contentKey();
    return new LoadedEncoder(name, key.slice(0, versionDigits), encoder, options);
  }

  get dimensions(): number {
    return this.encoder.width;
  }

  get pooling(): string {
    return this.encoder.settings.features.features[0].pooling;
  }

  get maxLength(): number {
    return this.encoder.settings.maxLength;
  }

  get tokenizer(): WordPieceTokenizer {
    return this.encoder.tokenizer;
  }

  get workers(): { readonly count: number; readonly restarts: number } {
    return { count: this.encoder.workers, restarts: this.encoder.workerRestarts };
  }

  get waitingTexts(): number {
    return this.encoder.waitingTexts;
  }

  async embed(inputs: readonly EncoderInput[], context: RequestContext): Promise<EncodedInput[]> {
    this.#refuseLong(inputs);
    const { signal, client, timings } = context;
    const rows = await workInside(this.options.admission, inputs.length, context, () =>
      this.encoder.encodeRequest(inputs, { signal, asker: client, timings }),
    );
    return rows.map(({ vector, tokens }) => ({
      vector,
      tokens: tokens.ids.length,
      truncated: tokens.truncated,
    }));
  }

  async embedTokens(texts: readonly string[], context: RequestContext): Promise<EncodedTokens[]> {
    this.#refuseLong(texts);
    const encoder = await this.#openTokenEncoder();
    const { signal, client, timings } = context;
    const rows = await workInside(this.options.admission, texts.length, context, () =>
      encoder.encodeRequest(texts, { signal, asker: client, timings }),
    );
    return rows.map(({ vector, tokens }) => ({
      data: vector,
      shape: [tokens.ids.length, encoder.width] as const,
    }));
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    const others = await this.#tokenEncoder?.catch(() => undefined);
    await others?.close();
    await this.encoder.close();
  }

  #refuseLong(inputs: readonly EncoderInput[]): void {
    const texts = inputs.flatMap((input) =>
      typeof input === 'string' ? [input] : 'tokens' in input ? [] : input,
    );
    refuseLongTexts(texts, this.options.textCharacters ?? defaultTextCharacters);
  }

  /** The model that gives a vector for each token, loaded when first asked for; few services are. */
  async #openTokenEncoder(): Promise<Encoder> {
    const { workers, threadsPerWorker, maxWaitingTexts } = this.options;
    const { maxLength } = this;
    const loading = { workers, threadsPerWorker, maxWaitingTexts, maxLength };
    this.#tokenEncoder ??= Encoder.load(this.encoder.folder, {
      ...loading,
      pooling: 'none',
      layers: [-1],
    });
    try {
      return await this.#tokenEncoder;
    } catch (error) {
      this.#tokenEncoder = undefined;
      throw error;
    }
  }
}
