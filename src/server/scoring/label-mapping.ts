// Which labels of a model stand for which categories of a dialect: what --label-mapping reads, and the defaults.
import { polytagError } from '../../errors/index.js';

/** How the scores of labels make that of a category. */
export interface CategoryRule {
  /** `any`: the highest of them. `all`: the lowest: all must hold. */
  readonly combine: 'any' | 'all';
  /** One at least; each is a label of the model. */
  readonly labels: readonly string[];
}

/** Rules by category, in the order in which they were written. */
type CategoryRules = ReadonlyMap<string, CategoryRule>;

/** Categories of each dialect that has a fixed list of them. Categories without a rule are not scored. */
export interface LabelMapping {
  readonly perspective: CategoryRules;
  readonly openai: CategoryRules;
}

/** The dialects that a mapping file can speak of. */
const dialectNames = ['perspective', 'openai'] as const;

/** A mapping file: for each dialect, categories and what makes them. */
export type LabelMappingFile = Readonly<
  Partial<Record<(typeof dialectNames)[number], ReadonlyMap<string, CategoryRule>>>
>;

const jigsawPerspective: Readonly<Record<string, string>> = {
  TOXICITY: 'toxic',
  SEVERE_TOXICITY: 'severe_toxic',
  IDENTITY_ATTACK: 'identity_hate',
  INSULT: 'insult',
  PROFANITY: 'obscene',
  OBSCENE: 'obscene',
  THREAT: 'threat',
};

const jigsawOpenai: Readonly<Record<string, CategoryRule>> = {
  harassment: { combine: 'any', labels: ['toxic', 'insult'] },
  'harassment/threatening': { combine: 'any', labels: ['threat'] },
  hate: { combine: 'any', labels: ['identity_hate'] },
  'hate/threatening': { combine: 'all', labels: ['identity_hate', 'threat'] },
  violence: { combine: 'any', labels: ['threat'] },
};

/** The labels of Jigsaw's data: a model that has no others speaks of the same things. */
const jigsawLabels = new Set(Object.values(jigsawPerspective));

function one(label: string): CategoryRule {
  return { combine: 'any', labels: [label] };
}

/**
 * The rules for a model's labels where no file says otherwise: for Jigsaw's labels the categories that they are
 * known to stand for; for others the attribute in upper case, and no category of OpenAI's.
 */
function defaultLabelMapping(labels: readonly string[]): LabelMapping {
  const isJigsaw = labels.includes('toxic') && labels.every((label) => jigsawLabels.has(label));
  if (!isJigsaw) {
    return {
      perspective: new Map(labels.map((label) => [label.toUpperCase(), one(label)])),
      openai: new Map(),
    };
  }
  const perspective = Object.entries(jigsawPerspective).map(
    ([category, label]) => [category, one(label)] as const,
  );
  return {
    perspective: usableRules(new Map(perspective), labels),
    openai: usableRules(new Map(Object.entries(jigsawOpenai)), labels),
  };
}

/** The rules that a model can answer: of `any` those labels that it has, of `all` only where it has all. */
function usableRules(rules: CategoryRules, labels: readonly string[]): CategoryRules {
  const usable = new Map<string, CategoryRule>();
  for (const [category, rule] of rules) {
    const own = rule.labels.filter((label) => labels.includes(label));
    if (own.length === 0 || (rule.combine === 'all' && own.length < rule.labels.length)) continue;
    usable.set(category, { combine: rule.combine, labels: own });
  }
  return usable;
}

/** The mapping of a model with `labels`: what the file says of a dialect, and the default where it says nothing. */
export function labelMappingFor(
  labels: readonly string[],
  file: LabelMappingFile = {},
): LabelMapping {
  const usual = defaultLabelMapping(labels);
  const rulesOf = (dialect: keyof LabelMapping): CategoryRules => {
    const given = file[dialect];
    return given === undefined ? usual[dialect] : usableRules(given, labels);
  };
  return { perspective: rulesOf('perspective'), openai: rulesOf('openai') };
}

/**
 * The score of a category.
 * @param labels the model's, in the order of `scores`
 * @param scores of one text, one a label
 */
export function categoryScore(
  { combine, labels: own }: CategoryRule,
  labels: readonly string[],
  scores: ArrayLike<number>,
): number {
  const values = own.map((label) => scores[labels.indexOf(label)]);
  return combine === 'any' ? Math.max(...values) : Math.min(...values);
}

/** Whether a category holds: any, or all, of its labels at or above their thresholds. */
export function isCategoryFlagged(
  { combine, labels: own }: CategoryRule,
  labels: readonly string[],
  scores: ArrayLike<number>,
  thresholds: readonly number[],
): boolean {
  const holds = (label: string): boolean => {
    const at = labels.indexOf(label);
    return scores[at] >= thresholds[at];
  };
  return combine === 'any' ? own.some(holds) : own.every(holds);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isLabelList(value: unknown): value is string[] {
  return (
    Array.isArray(value) && value.length > 0 && value.every((label) => typeof label === 'string')
  );
}

function readRule(value: unknown): CategoryRule | undefined {
  if (typeof value === 'string') return one(value);
  if (isLabelList(value)) return { combine: 'any', labels: value };
  if (isRecord(value) && Object.keys(value).length === 1 && isLabelList(value.all)) {
    return { combine: 'all', labels: value.all };
  }
  return undefined;
}

/**
 * Reads a mapping: `{"perspective": {"TOXICITY": "toxic"}, "openai": {"harassment": ["toxic", "insult"],
 * "hate/threatening": {"all": ["identity_hate", "threat"]}}}`. A string is that label, a list the highest of
 * them, `all` the lowest.
 *
 * @param file what to call it in errors
 * @throws PolytagError LABEL_MAPPING_INVALID
 */
export function parseLabelMapping(value: unknown, file: string): LabelMappingFile {
  const invalid = (problem: string) => polytagError('LABEL_MAPPING_INVALID', { file, problem });
  if (!isRecord(value)) throw invalid('it is no object');
  const mapping: Partial<Record<(typeof dialectNames)[number], CategoryRules>> = {};
  for (const [name, rules] of Object.entries(value)) {
    const dialect = dialectNames.find((known) => known === name);
    if (dialect === undefined) {
      throw invalid(
        `"${name}" is no dialect with categories; those are ${dialectNames.join(', ')}`,
      );
    }
    if (!isRecord(rules)) throw invalid(`"${name}" is no object of categories`);
    const read = new Map<string, CategoryRule>();
    for (const [category, text] of Object.entries(rules)) {
      const rule = readRule(text);
      if (rule === undefined) {
        throw invalid(
          `"${category}" of "${name}" is no label, list of labels, or {"all": list of labels}`,
        );
      }
      read.set(category, rule);
    }
    mapping[dialect] = read;
  }
  return mapping;
}
