// Explains texts: what each word adds to a label, and what each sentence scores alone.
import { polytagError } from '../../errors/index.js';
import type { RequestScores, Scorer } from '../scorer.js';
import type { TrainedFolder } from '../trained-folder.js';
import type {
  ExplainOptions,
  Explanation,
  ExplanationMethod,
  LabelExplanation,
  SentenceScore,
} from './explanation.js';
import { explanationMethods } from './explanation.js';
import { GradientAttributor } from './gradient-attributor.js';
import { cutSequences, type SequenceCut, weighByGradient } from './gradient-weights.js';
import { placeTokens, splitSentences, splitWords, type TextPart } from './text-parts.js';
import { groupWords, weightsOfRemovals, withoutPart, type WordGroup } from './word-removal.js';

/** Threads that take gradients, at most: explanations are asked for one by one. */
const MOST_WORKERS = 2;

/**
 * Passes up to which words are left out by default: about what gradients of one label cost. On short texts occlusion
 * names the words that matter a little better (bench/explanation.mjs), but its time grows with the text.
 */
const MOST_DEFAULT_PASSES = 64;

/** Words of one label, and what is left without them. */
interface Weighed {
  readonly weights: Float64Array;
  readonly baseLogit: number;
}

/** A text on its way. */
interface Case {
  readonly text: string;
  readonly words: readonly TextPart[];
  readonly sentences: readonly TextPart[];
  /** Empty unless words are weighed by leaving them out. */
  readonly groups: readonly WordGroup[];
  readonly signal: AbortSignal | undefined;
}

/** Scores of a text, of its sentences, of what is left without each group of words, and of nothing. */
interface CaseScores {
  readonly whole: RequestScores;
  readonly sentences: readonly RequestScores[];
  readonly without: readonly RequestScores[];
  readonly empty: RequestScores;
}

/** Explains by one model. Calls may overlap. */
export class TextExplainer {
  #attributor: Promise<GradientAttributor> | undefined;

  constructor(
    private readonly trained: TrainedFolder,
    private readonly scorer: Scorer,
  ) {}

  /**
   * Explains a text.
   *
   * @param thresholds one a label
   * @throws PolytagError OPTION_INVALID for a label that the model lacks, or for gradients of a model whose encoder is
   *   a service; as `Scorer.scoreRequest`; the signal's reason
   */
  async explain(
    text: string,
    options: ExplainOptions,
    thresholds: readonly number[],
  ): Promise<Explanation> {
    const { signal, tokens: weighs = true, sentences: scoresSentences = true } = options;
    const asked = options.labels?.map((label) => this.#placeOf(label));
    const cut = this.#cut();
    const sequences = cut === undefined ? undefined : cutSequences(text, cut);
    const all = weighs ? splitWords(text) : [];
    const words =
      sequences === undefined
        ? all
        : keepRead(
            all,
            sequences.flatMap((sequence) => [...placeTokens(sequence, all)]),
          );
    const method = this.#chooseMethod(options.method, words.length * (sequences?.length ?? 1));
    const isOccluded = method === 'occlusion' || this.scorer.blend !== undefined;
    const one: Case = {
      text,
      words,
      sentences: scoresSentences ? splitSentences(text) : [],
      groups: isOccluded ? groupWords(words) : [],
      signal,
    };
    const scores = await this.#scoreParts(one, method);
    const places = asked ?? defaultLabels(scores.whole.scores, thresholds);
    const weighed =
      method === 'occlusion' || cut === undefined || sequences === undefined
        ? weighByOcclusion(one, scores, places)
        : await this.#weighByGradient(one, { cut, sequences }, places);
    const { tokens, truncated, windows } = scores.whole;
    return {
      method,
      labels: places.map((place, at) =>
        this.#describe(one, scores, { place, threshold: thresholds[place], ...weighed[at] }),
      ),
      tokens: tokens ?? 0,
      truncated: truncated ?? 0,
      windows,
    };
  }

  /** Ends the worker threads, if there are any. */
  async close(): Promise<void> {
    const attributor = await this.#attributor?.catch(() => undefined);
    await attributor?.close();
  }

  /** @param passes that occlusion would take */
  #chooseMethod(method: ExplanationMethod | undefined, passes: number): ExplanationMethod {
    const isService = this.trained.record.encoder.service !== undefined;
    if (method === undefined) {
      return isService || passes <= MOST_DEFAULT_PASSES ? 'occlusion' : 'gradient';
    }
    if (!explanationMethods.includes(method)) {
      const expected = explanationMethods.join(' or ');
      throw polytagError('OPTION_INVALID', { option: 'method', value: method, expected });
    }
    if (method === 'gradient' && isService) {
      const expected =
        'occlusion: the encoder of this model is a service, which gives no gradients';
      throw polytagError('OPTION_INVALID', { option: 'method', value: method, expected });
    }
    return method;
  }

  #placeOf(label: string): number {
    const { labels } = this.trained.record;
    const place = labels.indexOf(label);
    if (place >= 0) return place;
    const expected = `one of ${labels.join(', ')}`;
    throw polytagError('OPTION_INVALID', { option: 'labels', value: label, expected });
  }

  /** How requests cut texts; undefined where a service does. */
  #cut(): SequenceCut | undefined {
    const { tokenizer, requestWindows: windows } = this.scorer.about;
    const { maxLength, truncation } = this.trained.record;
    if (tokenizer === undefined || maxLength === null) return undefined;
    return { tokenizer, maxLength, truncation, windows };
  }

  /** Everything that is scored as a text, in one request. */
  async #scoreParts(
    { text, sentences, groups, signal }: Case,
    method: ExplanationMethod,
  ): Promise<CaseScores> {
    const said = sentences.map(({ begin, end }) => text.slice(begin, end));
    const less = method === 'occlusion' ? groups.map((group) => withoutPart(text, group)) : [];
    const rows = await this.scorer.scoreRequest([text, '', ...said, ...less], { signal });
    const [whole, empty, ...others] = rows;
    return {
      whole,
      empty,
      sentences: others.slice(0, said.length),
      without: others.slice(said.length),
    };
  }

  /** Gradients of the model, and, where it is blended, what the baseline loses without each word. */
  async #weighByGradient(
    one: Case,
    { cut, sequences }: { cut: SequenceCut; sequences: ReturnType<typeof cutSequences> },
    places: readonly number[],
  ): Promise<Weighed[]> {
    const { words, signal } = one;
    const attributor = await this.#openAttributor(cut);
    const combine = cut.windows?.combine ?? 'max';
    const weighed = await weighByGradient(attributor, sequences, words, places, {
      combine,
      signal,
    });
    const { blend } = this.scorer;
    if (blend === undefined) return weighed;
    const theirs = await this.#scoreBaseline(one);
    return weighed.map(({ weights, baseLogit }, at) => {
      const place = places[at];
      const { model, baseline, offset } = blend.weights[place];
      const lost = weightsOfRemovals(
        one.groups,
        theirs[0][place],
        theirs.slice(2).map((logits) => logits[place]),
      );
      return {
        weights: weights.map((weight, word) => model * weight + baseline * (lost[word] ?? 0)),
        baseLogit: model * baseLogit + baseline * theirs[1][place] + offset,
      };
    });
  }

  /** The baseline's logits of the text, of nothing, and of the text without each group. */
  async #scoreBaseline({ text, groups, signal }: Case): Promise<Float32Array[]> {
    const { blend } = this.scorer;
    if (blend === undefined) return [];
    const rows: Float32Array[] = [];
    for (const part of [text, '', ...groups.map((group) => withoutPart(text, group))]) {
      // One at a time: of a long text each takes a while, and others want the thread.
      rows.push(await blend.baseline.scoreAllLogits([part], { signal }));
    }
    return rows;
  }

  /** After a failure it is tried anew. */
  async #openAttributor({ tokenizer }: SequenceCut): Promise<GradientAttributor> {
    const workers = Math.min(MOST_WORKERS, this.scorer.about.workers.count);
    this.#attributor ??= GradientAttributor.open(this.trained, tokenizer, workers);
    try {
      return await this.#attributor;
    } catch (error) {
      this.#attributor = undefined;
      throw error;
    }
  }

  #describe(
    { text, words, sentences }: Case,
    scores: CaseScores,
    of: Weighed & { readonly place: number; readonly threshold: number },
  ): LabelExplanation {
    const { place, threshold, weights, baseLogit } = of;
    return {
      label: this.trained.record.labels[place],
      score: scores.whole.scores[place],
      baseScore: 1 / (1 + Math.exp(-baseLogit)),
      threshold,
      tokens: words.map(({ begin, end }, word) => ({
        begin,
        end,
        text: text.slice(begin, end),
        weight: weights[word],
      })),
      sentences: sentences.map(({ begin, end }, at): SentenceScore => {
        const isBlank = text.slice(begin, end).trim() === '';
        return { begin, end, score: isBlank ? null : scores.sentences[at].scores[place] };
      }),
    };
  }
}

/** The words that some token belongs to. */
function keepRead(words: readonly TextPart[], places: readonly number[]): TextPart[] {
  const read = new Set(places);
  return words.filter((_, word) => read.has(word));
}

function weighByOcclusion(
  { groups }: Case,
  { whole, empty, without }: CaseScores,
  places: readonly number[],
): Weighed[] {
  return places.map((place) => ({
    weights: weightsOfRemovals(
      groups,
      whole.logits[place],
      without.map(({ logits }) => logits[place]),
    ),
    baseLogit: empty.logits[place],
  }));
}

/** Labels that are predicted; if none is, the one of the highest score. */
function defaultLabels(scores: Float32Array, thresholds: readonly number[]): number[] {
  const all = [...scores.keys()];
  const predicted = all.filter((place) => scores[place] >= thresholds[place]);
  if (predicted.length > 0) return predicted;
  return [all.reduce((best, place) => (scores[place] > scores[best] ? place : best), 0)];
}
