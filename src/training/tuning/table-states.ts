// Writes the states of a table's texts, and on the same way the features of those that have none yet.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type Encoding,
  encodeWindows,
  type Truncation,
  type WindowSettings,
  WordPieceTokenizer,
} from '../../bert/index.js';
import type { Fingerprint } from '../checkpoint.js';
import type { DistinctTexts } from '../distinct-texts.js';
import { segmentsOf } from '../encoded-rows.js';
import type { ProgressListener } from '../progress.js';
import type { EncoderSource } from './encoder-source.js';
import { LayerStates, type TextStates } from './layer-states.js';
import { StatesEncoder } from './states-encoder.js';

/** How texts are cut. */
export interface TextCut {
  readonly maxLength: number;
  readonly truncation: Truncation;
  /** Tokens from one window of a long text to the next; undefined where such texts are cut. */
  readonly stride?: number | undefined;
}

/** Whose states are written, and where. */
export interface StatesRequest {
  /** The encoder's folder. */
  readonly folder: string;
  readonly source: EncoderSource;
  readonly layer: number;
  readonly cut: TextCut;
  readonly distinct: DistinctTexts;
  /** File of the states. */
  readonly path: string;
  /** An existing folder for temporary files. */
  readonly workFolder: string;
  readonly workers?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ProgressListener | undefined;
}

/** Takes the features of texts, by their places among the distinct ones. */
export interface FeatureSink {
  needs(text: number): boolean;
  take(text: number, features: Float32Array, tokens: Encoding): void;
  /** After each segment. */
  flush(): Promise<void>;
}

/** Texts that are tokenized without a pause. */
const TEXTS_A_TURN = 256;

/** Where the states of a run are kept. @param facts all that they follow from, and nothing else: folds and trials share them */
export function statesPath(folder: string, layer: number, facts: readonly string[]): string {
  const key = createHash('sha256')
    .update(JSON.stringify([...facts, layer]))
    .digest('hex');
  return join(folder, `layer-${layer}-${key.slice(0, 16)}.states`);
}

/** How texts are cut, in words that tell any two ways apart. */
export function describeCut({ maxLength, truncation, stride }: TextCut): string {
  const windows = stride === undefined ? '' : `, windows ${stride} apart`;
  return `${truncation} of ${maxLength}${windows}`;
}

/** How a fit reads texts, for its fingerprint: how they are cut, and what their windows come to. */
export function describeReading({
  maxLength,
  truncation,
  windows,
}: {
  readonly maxLength: number | null;
  readonly truncation: Truncation;
  readonly windows?: WindowSettings | undefined;
}): Fingerprint & { readonly tokens: string } {
  if (maxLength === null) return { tokens: `${truncation} of what the service takes` };
  const tokens = describeCut({ maxLength, truncation, stride: windows?.stride });
  return windows === undefined ? { tokens } : { tokens, windows: windows.combine };
}

/** The pieces that a text is cut into: one, or the windows of a long one, all of them as long as texts may be. */
export function cutText(
  tokenizer: WordPieceTokenizer,
  text: string,
  { maxLength, truncation, stride }: TextCut,
): Encoding[] {
  return stride === undefined
    ? [tokenizer.encode(text, { maxLength, truncation })]
    : encodeWindows(tokenizer, text, { maxLength, truncation, stride });
}

/**
 * Writes the states of all texts unless they are there, and gives the sink the features that it needs. Every segment
 * of texts is run as a whole, whatever of it is needed, so that a resumed run makes the same batches.
 *
 * @param sink default: nothing but states is made. Not where texts are cut into windows
 * @throws PolytagError as `StatesEncoder` and `LayerStates.write`; the signal's reason
 */
export async function passTable(request: StatesRequest, sink?: FeatureSink): Promise<void> {
  const tokenizer = await WordPieceTokenizer.load(request.folder);
  const pass = new TablePass(request, tokenizer, sink);
  await pass.run();
}

class TablePass {
  readonly #encoder: StatesEncoder;
  readonly #isThere: boolean;
  readonly #total: number;
  #done = 0;
  #note: string | undefined;

  constructor(
    private readonly request: StatesRequest,
    private readonly tokenizer: WordPieceTokenizer,
    private readonly sink: FeatureSink | undefined,
  ) {
    const { source, layer, workers, workFolder, path, distinct } = request;
    const { paddingId } = tokenizer;
    const options = { layer, paddingId, workers, folder: workFolder };
    this.#encoder = new StatesEncoder(source, options);
    this.#isThere = LayerStates.isThere(path);
    this.#total = distinct.textOfRow.length;
  }

  async run(): Promise<void> {
    const { path, distinct } = this.request;
    try {
      if (this.#isThere) {
        const segments = this.#segments();
        while ((await segments.next()).done !== true) this.request.signal?.throwIfAborted();
        return;
      }
      // Said before the first is written: whoever lacks the room can stop here.
      const size = LayerStates.size(await this.#countTokens(), this.#encoder.width);
      this.#note = `${Math.ceil(size / 1e6)} MB on disk until the run ends`;
      await LayerStates.write(path, distinct.texts.length, this.#encoder.width, this.#segments());
    } finally {
      await this.#encoder.close();
    }
  }

  /** The states of every text that is run. */
  async *#segments(): AsyncGenerator<TextStates, void, undefined> {
    const { distinct } = this.request;
    this.#tell();
    let first = 0;
    for (const texts of segmentsOf(distinct.texts)) {
      const withFeatures = texts.some((_, at) => this.sink?.needs(first + at) === true);
      if (withFeatures || !this.#isThere) yield* this.#runSegment(texts, first, withFeatures);
      await this.sink?.flush();
      first += texts.length;
    }
  }

  async *#runSegment(
    texts: readonly string[],
    first: number,
    withFeatures: boolean,
  ): AsyncGenerator<TextStates, void, undefined> {
    const { signal, cut, distinct } = this.request;
    const pieces = texts.map((text) => cutText(this.tokenizer, text, cut));
    const passed = this.#encoder.encode(pieces.flat(), withFeatures, { signal });
    let text = 0;
    let gathered: Uint16Array[] = [];
    for await (const { states, features } of passed) {
      const place = first + text;
      if (withFeatures && gathered.length === 0 && this.sink?.needs(place) === true) {
        this.sink.take(place, features, pieces[text][0]);
      }
      gathered.push(states);
      if (gathered.length < pieces[text].length) continue;
      yield gathered;
      gathered = [];
      text += 1;
      this.#done += distinct.rows[place].length;
      this.#tell();
    }
  }

  async #countTokens(): Promise<number> {
    const { distinct, cut, signal } = this.request;
    let tokens = 0;
    for (const [at, text] of distinct.texts.entries()) {
      for (const { ids } of cutText(this.tokenizer, text, cut)) tokens += ids.length;
      if (at % TEXTS_A_TURN !== 0) continue;
      await nextTurn();
      signal?.throwIfAborted();
    }
    return tokens;
  }

  #tell(): void {
    const phase = this.sink === undefined ? 'layer-states' : 'encoding';
    const progress = { phase, done: this.#done, total: this.#total, note: this.#note } as const;
    this.request.onProgress?.(progress);
  }
}
