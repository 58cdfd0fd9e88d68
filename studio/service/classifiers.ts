// Which classifiers are served: GET v1/classifiers.
import { list, members, number, text } from './json-members.js';
import { type ServiceClient, unreadable } from './service-client.js';

export interface ClassifierInfo {
  readonly name: string;
  /** Changes with any byte of the model. */
  readonly version: string;
  readonly labels: readonly string[];
  /** One a label, and the count of changes to them. */
  readonly thresholds: readonly number[];
  readonly thresholdsVersion: number | undefined;
  readonly languages: readonly string[];
  readonly maxLength: number | undefined;
  readonly loadedAt: string | undefined;
}

function readClassifier(entry: unknown): ClassifierInfo | undefined {
  const record = members(entry);
  const thresholds = members(record.thresholds);
  const name = text(record.name);
  const labels = list(record.labels, text);
  const values = list(thresholds.values, number);
  if (name === undefined || labels.length === 0 || values.length !== labels.length) {
    return undefined;
  }
  return {
    name,
    version: text(record.version) ?? '',
    labels,
    thresholds: values,
    thresholdsVersion: number(thresholds.version),
    languages: list(record.languages, text),
    maxLength: number(record.max_length),
    loadedAt: text(record.loaded_at),
  };
}

/** The served classifiers, in the order in which they were named. */
export async function fetchClassifiers(
  client: ServiceClient,
  signal?: AbortSignal,
): Promise<ClassifierInfo[]> {
  const record = members(await client.json('v1/classifiers', { signal }));
  const entries = record.classifiers;
  const read = list(entries, readClassifier);
  if (!Array.isArray(entries) || read.length !== entries.length) throw unreadable('its models');
  return read;
}
