// One generation of a trained model, loaded: scores and explains for many clients until it is closed.
import type { WindowSettings, WordPieceTokenizer } from '../../bert/index.js';
import {
  type Explanation,
  type ExplainOptions,
  type ModelRecord,
  modelVersion,
  MultiLabelClassifier,
} from '../../classifier/index.js';
import { polytagError } from '../../errors/index.js';
import { type LabelMapping, labelMappingFor } from './label-mapping.js';
import type { RequestContext, ServedClassifier, TextScore, ThresholdSet } from './served-model.js';
import { defaultTextCharacters, type ServingOptions } from './serving-options.js';
import { workInside } from './place-at-work.js';
import { refuseLongTexts } from './text-length.js';

/** What an explanation weighs at the door, in texts: it reads its text that many times, about. */
const textsOfExplanation = 32;

export class LoadedClassifier implements ServedClassifier {
  readonly kind = 'classifier';
  readonly version: string;
  readonly languages: readonly string[];
  readonly loadedAt = new Date();
  readonly mapping: LabelMapping;
  readonly windows: WindowSettings | undefined;

  private constructor(
    readonly name: string,
    readonly tokenizer: WordPieceTokenizer,
    readonly maxLength: number,
    private readonly classifier: MultiLabelClassifier,
    private readonly options: ServingOptions,
  ) {
    this.version = modelVersion(this.record);
    this.languages = options.languages ?? ['en'];
    this.mapping = labelMappingFor(this.labels, options.labelMapping);
    this.windows = classifier.requestWindows;
  }

  /** @throws PolytagError as `MultiLabelClassifier.load`; MODEL_UNSERVABLE for a head without its encoder */
  static async load(
    name: string,
    reference: string,
    options: ServingOptions,
  ): Promise<LoadedClassifier> {
    const { windows = 'max', onBatch, ...loading } = options;
    const classifier = await MultiLabelClassifier.load(reference, {
      ...loading,
      requestWindows: windows === 'cut' ? undefined : { combine: windows },
      onRequestBatch:
        onBatch &&
        ((texts, tokens) => {
          onBatch(name, texts, tokens);
        }),
    });
    const { tokenizer, info } = classifier;
    if (tokenizer === undefined || info.maxLength === null) {
      await classifier.close();
      const problem =
        'it holds only a head, whose texts another service encodes, and a service needs the whole model: train it on the encoder itself';
      throw polytagError('MODEL_UNSERVABLE', { reference, problem });
    }
    return new LoadedClassifier(name, tokenizer, info.maxLength, classifier, options);
  }

  get labels(): readonly string[] {
    return this.classifier.labels;
  }

  get thresholds(): ThresholdSet {
    return this.classifier.storedThresholds;
  }

  get record(): ModelRecord {
    return this.classifier.info;
  }

  get folder(): string {
    return this.classifier.folder;
  }

  /** Worker threads asked for, and those that died and were replaced. */
  get workers(): { readonly count: number; readonly restarts: number } {
    return this.classifier.workers;
  }

  /** Texts that have been admitted and not been answered yet. */
  get waitingTexts(): number {
    return this.classifier.waitingTexts;
  }

  async score(texts: readonly string[], context: RequestContext): Promise<TextScore[]> {
    refuseLongTexts(texts, this.options.textCharacters ?? defaultTextCharacters);
    const { cache } = this.options;
    if (cache === undefined) return this.#scoreAll(texts, context);
    const known = texts.map((text) => cache.get(this.version, text));
    const unknown = texts.filter((_, at) => known[at] === undefined);
    const scored = unknown.length === 0 ? [] : await this.#scoreAll(unknown, context);
    unknown.forEach((text, at) => {
      cache.set(this.version, text, scored[at]);
    });
    let next = 0;
    return known.map((score) => score ?? scored[next++]);
  }

  async explain(
    text: string,
    options: ExplainOptions,
    context: RequestContext,
  ): Promise<Explanation> {
    refuseLongTexts([text], this.options.textCharacters ?? defaultTextCharacters);
    const { signal, timings } = context;
    return workInside(this.options.admission, textsOfExplanation, context, async () => {
      const began = performance.now();
      const explanation = await this.classifier.explain(text, { ...options, signal });
      timings.compute += performance.now() - began;
      return explanation;
    });
  }

  /** @throws PolytagError as `MultiLabelClassifier.storeThresholds` */
  storeThresholds(values: Readonly<Record<string, number>>, reason: string): Promise<ThresholdSet> {
    return this.classifier.storeThresholds(values, reason);
  }

  /** Waits for what is under way. */
  close(): Promise<void> {
    return this.classifier.close();
  }

  async #scoreAll(texts: readonly string[], context: RequestContext): Promise<TextScore[]> {
    const { signal, client, timings } = context;
    const rows = await workInside(this.options.admission, texts.length, context, () =>
      this.classifier.scoreRequest(texts, { signal, asker: client, timings }),
    );
    return rows.map(({ logits, scores, tokens, truncated, windows }) => ({
      logits,
      scores,
      // Only a service that encodes does not say; such models are not served.
      tokens: tokens ?? 0,
      truncated: truncated ?? 0,
      windows,
    }));
  }
}
