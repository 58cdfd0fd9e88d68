// What is served, and its model folder as people read it: /v1/classifiers and what is below it.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PolytagError } from '../../../errors/index.js';
import { checkBody } from '../../http/schema-check.js';
import { Refusal } from '../../http/refusal.js';
import type { ScoringService } from '../../scoring/scoring-service.js';
import type { ServedClassifier } from '../../scoring/served-model.js';
import type { DialectAnswer, DialectOptions, DialectRequest } from '../dialect.js';
import { thresholdsBody } from './schemas.js';

/** Files of a model folder that are shown, with the media type that they have. */
const shownFiles = {
  card: { path: 'README.md', contentType: 'text/markdown; charset=utf-8' },
  curves: { path: 'curves.svg', contentType: 'image/svg+xml' },
} as const;

/** An image of a model folder is drawn, and runs nothing. */
const imagePolicy = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

function describe(model: ServedClassifier): Record<string, unknown> {
  const { name, version, labels, thresholds, languages, maxLength, windows, loadedAt } = model;
  return {
    name,
    version,
    labels,
    thresholds: { version: thresholds.version, values: thresholds.values },
    languages,
    max_length: maxLength,
    windows: windows?.combine ?? null,
    loaded_at: loadedAt.toISOString(),
  };
}

function namedIn({ parameters }: DialectRequest, service: ScoringService): ServedClassifier {
  return service.classifier(parameters.name);
}

export function answerClassifiers(_: DialectRequest, { models }: ScoringService): DialectAnswer {
  const classifiers = models.filter((model) => model.kind === 'classifier');
  return { body: { classifiers: classifiers.map(describe) } };
}

export function answerClassifier(request: DialectRequest, service: ScoringService): DialectAnswer {
  return { body: describe(namedIn(request, service)) };
}

/** @throws Refusal MODEL_UNKNOWN, NOT_FOUND */
export async function answerFile(
  request: DialectRequest,
  service: ScoringService,
  kind: keyof typeof shownFiles,
): Promise<DialectAnswer> {
  const { folder, record, name } = namedIn(request, service);
  const { path, contentType } = shownFiles[kind];
  if (!record.files.some((file) => file.path === path)) {
    throw new Refusal('NOT_FOUND', `the folder of ${name} has no ${path}`);
  }
  const bytes = await readFile(join(folder, path));
  return { bytes, contentType, headers: { 'content-security-policy': imagePolicy } };
}

function passOn(error: unknown): never {
  const isReadOnly =
    error instanceof PolytagError &&
    ['WRITE_FORBIDDEN', 'DISK_FULL', 'WRITE_FAILED', 'RUN_LOCKED'].includes(error.code);
  if (!isReadOnly) throw error;
  throw new Refusal(
    'TOO_BUSY',
    'the model folder could not be written, so the thresholds stay as they are; the log of the service says why',
  );
}

/** @throws Refusal MODEL_UNKNOWN, REQUEST_INVALID, TOO_BUSY where the folder cannot be written */
export async function answerThresholds(
  request: DialectRequest,
  service: ScoringService,
  { compareThresholds }: Pick<DialectOptions, 'compareThresholds'>,
): Promise<DialectAnswer> {
  const { body, context } = request;
  const { thresholds, reason, dry_run: isDry } = checkBody(thresholdsBody, body);
  const model = namedIn(request, service);
  const before = model.thresholds;
  const unknown = Object.keys(thresholds).find((label) => !model.labels.includes(label));
  if (unknown !== undefined) {
    const known = model.labels.map((label) => JSON.stringify(label)).join(', ');
    throw new Refusal(
      'REQUEST_INVALID',
      `thresholds has ${JSON.stringify(unknown.slice(0, 64))}, which is no label of ${model.name}; it has ${known}`,
    );
  }
  const wanted = model.labels.map((label, at) =>
    Object.hasOwn(thresholds, label) ? thresholds[label] : before.values[at],
  );
  const why = reason ?? `changed over HTTP by ${context.client}`;
  const after =
    isDry === true
      ? { version: before.version, values: wanted }
      : await service.setThresholds(model.name, thresholds, why).catch(passOn);
  const change = compareThresholds?.(model, before.values, after.values);
  return {
    body: {
      model: model.name,
      version: model.version,
      thresholds_version: after.version,
      thresholds: after.values,
      recent: {
        texts: change?.texts ?? 0,
        flag_rates: model.labels.map((label, at) => ({
          label,
          before: change?.labels[at].before.flagRate ?? null,
          after: change?.labels[at].after.flagRate ?? null,
        })),
      },
    },
  };
}

/** @throws Refusal MODEL_UNKNOWN, REQUEST_INVALID where the new model cannot be used */
export async function answerReload(
  { parameters }: DialectRequest,
  service: ScoringService,
): Promise<DialectAnswer> {
  const { name } = parameters;
  try {
    return { body: { model: name, ...(await service.reload(name)) } };
  } catch (error) {
    if (!(error instanceof PolytagError)) throw error;
    // An administrator is told the code; paths and the rest are in the log.
    throw new Refusal(
      'REQUEST_INVALID',
      `the model in the folder of ${name} cannot be used (${error.code}), so the one before goes on; the log of the service says more`,
    );
  }
}
