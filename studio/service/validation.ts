// The stored scores of the validation rows: GET v1/classifiers/NAME/validation.
import { list, members, text } from './json-members.js';
import { type ServiceClient, ServiceProblem, unreadable } from './service-client.js';

/** By label, then by row. */
export interface ValidationScores {
  readonly labels: readonly string[];
  readonly rows: number;
  /** 1, 0, or -1 where it is not known. */
  readonly targets: readonly (readonly number[])[];
  readonly scores: readonly (readonly number[])[];
}

function readColumn(value: unknown): readonly number[] | undefined {
  const isColumn =
    Array.isArray(value) && value.every((entry: unknown) => typeof entry === 'number');
  return isColumn ? value : undefined;
}

function readValidation(record: unknown): ValidationScores | undefined {
  const { labels: names, targets: targetColumns, scores: scoreColumns } = members(record);
  const labels = list(names, text);
  const targets = list(targetColumns, readColumn);
  const scores = list(scoreColumns, readColumn);
  const rows = scores.at(0)?.length ?? 0;
  const complete = [targets, scores].every(
    (columns) =>
      columns.length === labels.length && columns.every((column) => column.length === rows),
  );
  return labels.length > 0 && complete ? { labels, rows, targets, scores } : undefined;
}

/** The scores; undefined where the model was stored without them. */
export async function fetchValidation(
  client: ServiceClient,
  model: string,
  signal?: AbortSignal,
): Promise<ValidationScores | undefined> {
  let record: unknown;
  try {
    const path = `v1/classifiers/${encodeURIComponent(model)}/validation`;
    record = await client.json(path, { signal });
  } catch (error) {
    if (error instanceof ServiceProblem && error.status === 404) return undefined;
    throw error;
  }
  const validation = readValidation(record);
  if (validation === undefined) throw unreadable('validation scores');
  return validation;
}
