// POST /v1/moderations: OpenAI's categories where the model's labels speak of them, and the labels themselves.
import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { float32Text } from '../../http/number-text.js';
import { checkBody } from '../../http/schema-check.js';
import { categoryScore, isCategoryFlagged } from '../../scoring/label-mapping.js';
import type { ScoringService } from '../../scoring/scoring-service.js';
import type { ServedClassifier, TextScore } from '../../scoring/served-model.js';
import type { DialectAnswer, DialectRequest } from '../dialect.js';
import { versionedName } from '../versioned-model.js';
import { classifierOf } from './models.js';
import { ParameterRefusal } from './refusals.js';
import { type InputPart, moderationSchema } from './schemas.js';

/** OpenAI's categories, in its order. */
const categories = [
  ...['harassment', 'harassment/threatening', 'sexual', 'hate', 'hate/threatening'],
  ...['illicit', 'illicit/violent', 'self-harm/intent', 'self-harm/instructions', 'self-harm'],
  ...['sexual/minors', 'violence', 'violence/graphic'],
] as const;

/** Those that OpenAI's schema lets be null. */
const nullable: ReadonlySet<string> = new Set(['illicit', 'illicit/violent']);
/** Texts whose answers are put together in one go. */
const textsATurn = 256;

interface ModeratedText {
  readonly text: string;
  /** Parts of the input that were not read: images. */
  readonly ignoredParts: number;
}

/** What is said of one category or label. */
interface Verdict {
  readonly name: string;
  readonly isFlagged: boolean | null;
  readonly score: number;
  readonly isScored: boolean;
}

/** The texts of the parts, one after the other, as one text. @throws ParameterRefusal where there is none */
function joinParts(parts: readonly InputPart[]): ModeratedText {
  const texts = parts.flatMap((part) => ('text' in part ? [part.text] : []));
  if (texts.length === 0) {
    throw new ParameterRefusal(
      'input',
      null,
      'input has images only, which the models served here do not read; expected a text',
    );
  }
  return { text: texts.join('\n'), ignoredParts: parts.length - texts.length };
}

function isListOfTexts(input: readonly unknown[]): input is readonly string[] {
  return typeof input[0] === 'string';
}

function readInput(input: string | readonly string[] | readonly InputPart[]): ModeratedText[] {
  if (typeof input === 'string') return [{ text: input, ignoredParts: 0 }];
  if (isListOfTexts(input)) return input.map((text) => ({ text, ignoredParts: 0 }));
  return [joinParts(input)];
}

function shown(score: number): number {
  return Number(float32Text(score));
}

/**
 * A category by its rule; one without a rule by the label of its name, where there is one; else as not scored.
 */
function judgeCategory(
  name: string,
  { labels, mapping }: ServedClassifier,
  scores: Float32Array,
  thresholds: readonly number[],
): Verdict {
  const own = labels.includes(name) ? { combine: 'any' as const, labels: [name] } : undefined;
  const rule = mapping.openai.get(name) ?? own;
  if (rule === undefined) {
    return { name, isFlagged: nullable.has(name) ? null : false, score: 0, isScored: false };
  }
  return {
    name,
    isFlagged: isCategoryFlagged(rule, labels, scores, thresholds),
    score: shown(categoryScore(rule, labels, scores)),
    isScored: true,
  };
}

/** Categories of the mapping that OpenAI does not have are the user's own. */
function namesFor({ mapping, labels }: ServedClassifier): string[] {
  return [...new Set([...categories, ...mapping.openai.keys(), ...labels])];
}

function membersOf<Value>(
  verdicts: readonly Verdict[],
  valueOf: (verdict: Verdict) => Value,
): Record<string, Value> {
  return Object.fromEntries(verdicts.map((verdict) => [verdict.name, valueOf(verdict)]));
}

function resultRecord(
  model: ServedClassifier,
  thresholds: readonly number[],
  names: readonly string[],
  { scores, tokens, truncated, windows }: TextScore,
  ignoredParts: number,
): Record<string, unknown> {
  const verdicts = names.map((name) => judgeCategory(name, model, scores, thresholds));
  return {
    flagged: model.labels.some((_, at) => scores[at] >= thresholds[at]),
    categories: membersOf(verdicts, ({ isFlagged }) => isFlagged),
    category_scores: membersOf(verdicts, ({ score }) => score),
    category_applied_input_types: membersOf(verdicts, ({ isScored }) => (isScored ? ['text'] : [])),
    polytag: { tokens, truncated, windows, ignored_parts: ignoredParts },
  };
}

/** @throws Refusal; PolytagError of scoring */
export async function answerModerations(
  { body, context, limits }: DialectRequest,
  service: ScoringService,
): Promise<DialectAnswer> {
  const { input, model: reference } = checkBody(moderationSchema, body);
  const inputs = readInput(input);
  if (inputs.length > limits.texts) {
    const problem = `input has ${inputs.length} texts; expected at most ${limits.texts}`;
    throw new ParameterRefusal('input', null, problem);
  }
  const model = classifierOf(reference, service);
  const scored = await model.score(
    inputs.map(({ text }) => text),
    context,
  );
  // One set for the whole answer, whoever changes it meanwhile.
  const thresholds = model.thresholds;
  const names = namesFor(model);
  const results: unknown[] = [];
  for (const [at, text] of scored.entries()) {
    results.push(resultRecord(model, thresholds.values, names, text, inputs[at].ignoredParts));
    if (at % textsATurn === textsATurn - 1) await nextTurn();
  }
  return {
    body: {
      id: `modr-${randomBytes(16).toString('hex')}`,
      model: versionedName(model),
      results,
      thresholds_version: thresholds.version,
    },
    scored: { model, texts: scored },
  };
}
