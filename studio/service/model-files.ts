// Files of a model folder as people read them: its card and its learning curves.
import { type ServiceClient, ServiceProblem } from './service-client.js';

async function ifThere<Answer>(asked: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ServiceProblem && error.status === 404) return undefined;
    throw error;
  }
}

function pathOf(model: string, file: string): string {
  return `v1/classifiers/${encodeURIComponent(model)}/${file}`;
}

/** Markdown; undefined where the folder has no card. */
export function fetchCard(
  client: ServiceClient,
  model: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  return ifThere(client.text(pathOf(model, 'card'), { signal }));
}

/** An SVG image; undefined where the folder has none. */
export function fetchCurves(
  client: ServiceClient,
  model: string,
  signal: AbortSignal,
): Promise<Blob | undefined> {
  return ifThere(client.blob(pathOf(model, 'curves'), { signal }));
}
