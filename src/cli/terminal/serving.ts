// How a running service is told of: what it serves, how each kind of client asks it, and what a reload came to.
import type { ClassifierServer, ReloadOutcome } from '../../server/index.js';
import { printable } from './display-text.js';

/** Labels of a model that are listed. */
const mostLabels = 12;

/** Where clients on this machine find a server. */
function originOf({ host, port }: Pick<ClassifierServer, 'host' | 'port'>): string {
  const local = ['0.0.0.0', '*', '::'].includes(host) ? '127.0.0.1' : host;
  return `http://${local.includes(':') ? `[${local}]` : local}:${port}`;
}

function listLabels(labels: readonly string[]): string {
  const shown = labels.slice(0, mostLabels).map(printable).join(', ');
  return labels.length > mostLabels ? `${shown}, .. (${labels.length} labels)` : shown;
}

function describeModel(model: ClassifierServer['models'][number]): string {
  const { name, version, maxLength } = model;
  const what =
    model.kind === 'classifier'
      ? `classifier of ${listLabels(model.labels)}`
      : `encoder, ${model.dimensions} numbers a text`;
  return `  ${name} (version ${version}): ${what}; ${maxLength} tokens`;
}

/** The lines that a person reads when a service is ready. */
export function describeServer(server: ClassifierServer): string {
  const origin = originOf(server);
  const lines = [`polytag serve: ready at ${origin}/`, ...server.models.map(describeModel)];
  for (const { title, example } of server.dialects) {
    lines.push(`${title}:`, `  ${example.replaceAll('{origin}', origin)}`);
  }
  return lines.join('\n');
}

/** The record that a program reads on standard output. */
export function serverRecord(server: ClassifierServer): Record<string, unknown> {
  const models = server.models.map(({ name, kind, version }) => ({ name, kind, version }));
  const { host, port } = server;
  return { ready: true, host, port, origin: originOf(server), pid: process.pid, models };
}

/** One line for a model that was to be loaded anew. */
export function describeReload({ name, versions, error }: ReloadOutcome): string {
  if (versions === undefined) {
    const reason = error instanceof Error ? error.message : String(error);
    return `${name} stays as it is: ${printable(reason)}`;
  }
  const { before, after } = versions;
  return before === after
    ? `${name} is as it was (${after})`
    : `${name} is ${after} now, was ${before}`;
}
