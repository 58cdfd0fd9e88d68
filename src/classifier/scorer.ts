// Scores texts: their logits, with the linear baseline's added where the model is blended, as probabilities.
import type { LinearBaseline } from '../linear/index.js';
import type { IntakeOptions } from '../runtime/index.js';
import { blendLogits, type BlendWeights } from '../training/index.js';
import type {
  LogitSource,
  RequestSourceLogits,
  ScoreOptions,
  SourceLogits,
} from './logit-source.js';

/** The scores of one text. */
export interface TextScores extends Pick<SourceLogits, 'truncated'> {
  /** Probabilities from 0 to 1, the sigmoids of the logits; one a label. */
  readonly scores: Float32Array;
  /** Windows that the text was scored by: 1, or more where it is long and the model scores by windows. */
  readonly windows: number;
}

/** What is said of one text of a request. */
export interface RequestScores extends RequestSourceLogits {
  /** Probabilities from 0 to 1, the sigmoids of the logits; one a label. */
  readonly scores: Float32Array;
}

/** What is added to a model's logits. */
interface ScorerBlend {
  /** One a label. */
  readonly weights: readonly BlendWeights[];
  readonly baseline: LinearBaseline;
}

/** A source of logits, and what becomes of them. Calls may overlap. */
export class Scorer {
  /** @param source closed with the scorer */
  constructor(
    private readonly source: LogitSource,
    /** What is added to the logits; undefined where nothing is. */
    readonly blend?: ScorerBlend,
  ) {}

  /**
   * Scores of texts in their order, in constant memory.
   *
   * @throws what `texts` throws; PolytagError as the source's `logitStream`; the signal's reason
   */
  async *scoreStream(
    texts: Iterable<string> | AsyncIterable<string>,
    options: ScoreOptions = {},
  ): AsyncGenerator<TextScores, void, undefined> {
    const { source, blend } = this;
    const others = blend && new BaselineLogits(blend.baseline);
    const watched = others === undefined ? texts : others.watch(texts);
    for await (const { logits, ...about } of source.logitStream(watched, options)) {
      const final =
        blend === undefined || others === undefined
          ? logits
          : blendLogits(blend.weights, logits, others.take());
      yield { scores: final.map(sigmoid), ...about };
    }
  }

  /** What scores requests, for whoever tells of it. */
  get about(): Pick<LogitSource, 'tokenizer' | 'requestWindows' | 'waitingTexts' | 'workers'> {
    return this.source;
  }

  /**
   * Scores of the texts of one request among many, which share batches and take turns.
   *
   * @throws PolytagError as the source's `logitRequest`; the signal's reason
   */
  async scoreRequest(
    texts: readonly string[],
    options: Omit<IntakeOptions<string>, 'onSource'> = {},
  ): Promise<RequestScores[]> {
    const { source, blend } = this;
    const others: Float32Array[] = [];
    // Beside the tokens, in the same slices of time.
    const onSource = blend && ((text: string) => others.push(blend.baseline.scoreLogits([text])));
    const rows = await source.logitRequest(texts, { ...options, onSource });
    return rows.map((row, at) => {
      const logits =
        blend === undefined ? row.logits : blendLogits(blend.weights, row.logits, others[at]);
      return { ...row, logits, scores: logits.map(sigmoid) };
    });
  }

  /** Waits for what is under way, then ends what works for it. */
  async close(): Promise<void> {
    await this.source.close();
  }
}

/**
 * The baseline's logits of texts that are on their way through the model. They are made as a text sets out, so that
 * a few numbers are held of it and not the text: how many are under way, the model's source bounds.
 */
class BaselineLogits {
  readonly #waiting: Float32Array[] = [];

  constructor(private readonly baseline: LinearBaseline) {}

  /** The texts, each noted as it is asked for. */
  async *watch(
    texts: Iterable<string> | AsyncIterable<string>,
  ): AsyncGenerator<string, void, undefined> {
    for await (const text of texts) {
      this.#waiting.push(this.baseline.scoreLogits([text]));
      yield text;
    }
  }

  /** Those of the first text that has not been taken. */
  take(): Float32Array {
    const first = this.#waiting.shift();
    if (first === undefined) throw new Error('more texts came back than set out');
    return first;
  }
}

function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}
