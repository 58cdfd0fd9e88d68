// What tells apart services that give different vectors: the model and the settings that they report.
import { createHash } from 'node:crypto';
import { type Feature, poolings } from '../../bert/index.js';
import { polytagError } from '../../errors/index.js';
import type { ServiceStatus } from './vector-source.js';

/** Makes of services: polytag names its model by a digest of its files, bert-as-service only by its folder. */
export const serviceKinds = ['polytag', 'bert-as-service'] as const;

/** What a service says of its vectors. Services with equal facts give equal vectors. */
export interface ServiceIdentity {
  readonly kind: (typeof serviceKinds)[number];
  /** Facts by the names that the status has for them; values as JSON. */
  readonly facts: Readonly<Record<string, string>>;
}

/** How a service makes vectors, in the words of training. */
export interface ServiceSettings {
  readonly features: readonly Feature[];
  /** Most tokens of a text; null: as many as the service's model has positions. */
  readonly maxLength: number | null;
}

/** Settings, by their names in bert-as-service's argparse, that vectors depend on. */
const settingNames = [
  'max_seq_len',
  'do_lower_case',
  'pooling_layer',
  'pooling_strategy',
  'mask_cls_sep',
  'no_special_token',
  'no_position_embeddings',
  'fp16',
];

/** What stands for the model where no digest does. */
const modelNames = [
  'model_dir',
  'tuned_model_dir',
  'ckpt_name',
  'config_name',
  'server_version',
  'tensorflow_version',
];

/** bert-as-service's numbers of its pooling strategies (server/graph.py), by name here. */
const strategies = ['none', 'max', 'mean', 'mean_max', 'first', 'last', 'pooler'] as const;

/**
 * The identity in a status.
 *
 * @throws PolytagError SERVICE_UNUSABLE when the status lacks what every service reports
 */
export function readIdentity(address: string, status: ServiceStatus): ServiceIdentity {
  const modelKey = modelKeyOf(status);
  const names = modelKey === undefined ? [...modelNames, ...settingNames] : settingNames;
  for (const needed of ['pooling_strategy', 'pooling_layer', 'max_seq_len']) {
    if (Object.hasOwn(status, needed)) continue;
    const problem = `its status has no ${needed}, so that it is not known how it encodes`;
    throw polytagError('SERVICE_UNUSABLE', { address, problem });
  }
  const facts = names.map((name): [string, unknown] => [name, status[name] ?? null]);
  if (modelKey !== undefined) facts.unshift(['model_key', modelKey]);
  return {
    kind: modelKey === undefined ? 'bert-as-service' : 'polytag',
    facts: Object.fromEntries(facts.map(([name, value]) => [name, JSON.stringify(value)])),
  };
}

function modelKeyOf({ polytag }: ServiceStatus): string | undefined {
  if (typeof polytag !== 'object' || polytag === null || !('model_key' in polytag))
    return undefined;
  const { model_key: key } = polytag;
  return typeof key === 'string' && key !== '' ? key : undefined;
}

/** `NAME is A, not B` for each fact of `expected` that `found` has otherwise. */
export function listDifferences(expected: ServiceIdentity, found: ServiceIdentity): string[] {
  if (expected.kind !== found.kind) return [`it is ${found.kind}, not ${expected.kind}`];
  const names = Object.keys({ ...expected.facts, ...found.facts });
  const shown = ({ facts }: ServiceIdentity, name: string): string => facts[name] ?? 'unknown';
  return names
    .filter((name) => expected.facts[name] !== found.facts[name])
    .map((name) => `${name} is ${shown(found, name)}, not ${shown(expected, name)}`);
}

/** SHA-256, hexadecimal, of all that vectors depend on beside the text. */
export function contentKeyOf({ kind, facts }: ServiceIdentity, width: number): string {
  const sorted = Object.entries(facts).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify(['service', kind, width, sorted]))
    .digest('hex');
}

/**
 * Settings in the words of training.
 *
 * @throws PolytagError SERVICE_UNUSABLE for services that do not give one vector of an encoder a text
 */
export function readServiceSettings(address: string, { facts }: ServiceIdentity): ServiceSettings {
  const unusable = (problem: string): Error =>
    polytagError('SERVICE_UNUSABLE', { address, problem });
  const strategy = Number(facts.pooling_strategy);
  if (strategy === 0) {
    throw unusable('it gives a vector a token, -pooling_strategy NONE, not one a text');
  }
  if (strategy > 6)
    throw unusable('it gives the output of a classifier, not vectors of an encoder');
  const layers = parseIntegers(facts.pooling_layer);
  const pooling = poolings.find((name) => name === strategies[strategy]);
  if (pooling === undefined || layers.length === 0) {
    const { pooling_strategy: name, pooling_layer: layer } = facts;
    throw unusable(`it reports the pooling strategy ${name} of the layers ${layer}`);
  }
  const maxLength = facts.max_seq_len === 'null' ? null : Number(facts.max_seq_len);
  if (maxLength !== null && !Number.isSafeInteger(maxLength)) {
    throw unusable(`it reports the max_seq_len ${facts.max_seq_len}`);
  }
  return { features: [{ pooling, layers }], maxLength };
}

function parseIntegers(json: string): number[] {
  const value: unknown = JSON.parse(json);
  const numbers = Array.isArray(value) ? value.map(Number) : [Number(value)];
  return numbers.every((number) => Number.isSafeInteger(number)) ? numbers : [];
}
