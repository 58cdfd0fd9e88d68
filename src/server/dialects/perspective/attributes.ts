// Attributes of the Perspective API: which exist, and what a model's labels say of them.
import type { CategoryRule } from '../../scoring/label-mapping.js';
import type { ServedClassifier } from '../../scoring/served-model.js';
import { PerspectiveRefusal } from './refusals.js';

/** Every attribute that Perspective has documented, without the suffix _EXPERIMENTAL that some had for a time. */
const documented: ReadonlySet<string> = new Set([
  ...['TOXICITY', 'SEVERE_TOXICITY', 'IDENTITY_ATTACK', 'INSULT', 'PROFANITY', 'THREAT'],
  ...['TOXICITY_FAST', 'SEXUALLY_EXPLICIT', 'FLIRTATION'],
  ...['ATTACK_ON_AUTHOR', 'ATTACK_ON_COMMENTER', 'INCOHERENT', 'INFLAMMATORY'],
  ...['LIKELY_TO_REJECT', 'OBSCENE', 'SPAM', 'UNSUBSTANTIAL'],
  ...['AFFINITY', 'COMPASSION', 'CURIOSITY', 'NUANCE', 'PERSONAL_STORY', 'REASONING', 'RESPECT'],
]);

/** Score types that are asked for; the first is what no type means. */
const probability: ReadonlySet<string> = new Set(['PROBABILITY', 'SCORE_TYPE_UNSPECIFIED']);

/** What a client wants of one attribute. */
export interface AttributeParameters {
  readonly scoreType?: string | undefined;
  readonly scoreThreshold?: number | undefined;
}

/** One attribute that is asked for and that the model can answer. */
export interface AskedAttribute {
  readonly name: string;
  readonly rule: CategoryRule;
  /** Scores below it are not returned. */
  readonly threshold: number;
}

function isDocumented(name: string): boolean {
  return documented.has(name.replace(/_EXPERIMENTAL$/, ''));
}

/**
 * The attributes that are asked for, in their order.
 * @param mayDrop leaves out those of Perspective's that the model has no label for, instead of refusing them
 * @throws PerspectiveRefusal
 */
export function readAttributes(
  requested: Readonly<Record<string, AttributeParameters>> | undefined,
  { mapping }: ServedClassifier,
  mayDrop: boolean,
): AskedAttribute[] {
  const names = Object.entries(requested ?? {});
  if (names.length === 0) {
    throw new PerspectiveRefusal('NO_REQUESTED_ATTRIBUTES', 'Missing requested_attributes');
  }
  const asked: AskedAttribute[] = [];
  for (const [name, { scoreType = 'PROBABILITY', scoreThreshold }] of names) {
    const rule = mapping.perspective.get(name);
    if (rule === undefined) {
      if (mayDrop && isDocumented(name)) continue;
      const shown = name.slice(0, 100);
      throw new PerspectiveRefusal('INVALID_REQUEST', `Unknown requested attribute: ${shown}`);
    }
    if (!probability.has(scoreType)) {
      const problem = `Requested score type ${scoreType.slice(0, 100)} is not supported by attribute ${name}`;
      throw new PerspectiveRefusal('INVALID_REQUEST', problem);
    }
    asked.push({ name, rule, threshold: scoreThreshold ?? 0 });
  }
  return asked;
}
