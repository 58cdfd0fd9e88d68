// A classifier and an encoder whose figures follow from the tokens of a text: what a dialect says of them can be checked.
import type { EncoderInput } from '../../../../src/bert/index.js';
import { WordPieceTokenizer } from '../../../../src/bert/index.js';
import type { ModelRecord } from '../../../../src/classifier/index.js';
import { Refusal } from '../../../../src/server/http/refusal.js';
import type { ScoringService } from '../../../../src/server/scoring/scoring-service.js';
import type {
  EncodedInput,
  EncodedTokens,
  ServedClassifier,
  ServedEncoder,
  ServedModel,
  TextScore,
} from '../../../../src/server/scoring/served-model.js';

/** The tokenizer of the package's own encoder. */
export const tokenizer = await WordPieceTokenizer.load(
  new URL('../../../../models/all-MiniLM-L6-v2', import.meta.url).pathname,
);

export const labels = ['toxic', 'insult', 'threat', '__proto__'];
export const maxLength = 12;
export const dimensions = 5;

/** The ids of the tokens that a model sees of an input, special ones included. */
export function idsOf(input: EncoderInput): Int32Array {
  if (typeof input === 'string') return tokenizer.encode(input, { maxLength }).ids;
  if ('tokens' in input) return tokenizer.encodePieces(input.tokens, { maxLength }).ids;
  return tokenizer.encode(input[0], { maxLength, pair: input[1] }).ids;
}

/** A number between -4 and 4 that any change of the ids changes. */
function figure(ids: Int32Array, column: number): number {
  return 4 * Math.sin(ids.reduce((sum, id, place) => sum + id * (place + 1) * (column + 1), 0));
}

/** The logits of a text: [labels]. */
export function logitsOf(text: string): Float32Array {
  const ids = idsOf(text);
  return Float32Array.from(labels, (_, column) => figure(ids, column));
}

export function scoresOf(text: string): Float32Array {
  return logitsOf(text).map((logit) => 1 / (1 + Math.exp(-logit)));
}

/** The vector of an input: [dimensions]. */
export function vectorOf(input: EncoderInput): Float32Array {
  const ids = idsOf(input);
  return Float32Array.from({ length: dimensions }, (_, column) => figure(ids, column));
}

function score(text: string): TextScore {
  const { ids, truncated } = tokenizer.encode(text, { maxLength });
  const logits = logitsOf(text);
  return { logits, scores: scoresOf(text), tokens: ids.length, truncated, windows: 1 };
}

const shared = { version: '0123456789abcdef', maxLength, tokenizer, loadedAt: new Date(0) };

export const classifier: ServedClassifier = {
  ...shared,
  kind: 'classifier',
  name: 'toxic',
  labels,
  thresholds: { version: 3, values: [0.5, 0.25, 0.75, 0.5] },
  languages: ['en'],
  windows: undefined,
  record: {} as ModelRecord,
  folder: '/nowhere',
  mapping: { perspective: new Map(), openai: new Map() },
  score: (texts) => Promise.resolve(texts.map(score)),
  explain: () => Promise.reject(new Error('nobody explains')),
};

function embed(input: EncoderInput): EncodedInput {
  const length = idsOf(input).length;
  const whole = typeof input === 'string' ? tokenizer.encode(input).ids.length : length;
  return { vector: vectorOf(input), tokens: length, truncated: whole - length };
}

function embedTokens(text: string): EncodedTokens {
  const ids = idsOf(text);
  const rows = [...ids].flatMap((id) =>
    Array.from({ length: dimensions }, (_, column) => figure(Int32Array.of(id), column)),
  );
  return { data: Float32Array.from(rows), shape: [ids.length, dimensions] };
}

export const encoder: ServedEncoder = {
  ...shared,
  kind: 'encoder',
  name: 'mini',
  dimensions,
  pooling: 'mean',
  embed: (inputs) => Promise.resolve(inputs.map(embed)),
  embedTokens: (texts) => Promise.resolve(texts.map(embedTokens)),
};

/** A service of these models. */
export function serviceOf(...models: ServedModel[]): ScoringService {
  const find = (kind: ServedModel['kind'], name?: string): ServedModel => {
    const model = models.find((one) => one.kind === kind && (name ?? one.name) === one.name);
    if (model === undefined)
      throw new Refusal('MODEL_UNKNOWN', `no ${kind} of this name is served`);
    return model;
  };
  return {
    models,
    classifier: (name) => find('classifier', name) as ServedClassifier,
    encoder: (name) => find('encoder', name) as ServedEncoder,
    reload: () => Promise.reject(new Error('nothing is reloaded')),
    setThresholds: () => Promise.reject(new Error('nothing is changed')),
  };
}
