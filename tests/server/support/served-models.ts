// Tiny trained models to serve, written without training, and a server over them.
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll } from 'vitest';
import { writeModelFolder } from '../../../src/classifier/model-folder.js';
import {
  type ClassifierServer,
  type ClassifierServerOptions,
  startClassifierServer,
} from '../../../src/server/index.js';
import { randomOutcome } from '../../classifier/support/random-outcome.js';

const encoder = resolve('tests/fixtures/tf-bert-tiny');

/** A folder that is removed after the last test of a file. Call at the top of it. */
export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'polytag-server-')));
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

export interface TinyModelOptions {
  readonly labelNames?: readonly string[];
  /** Other numbers make other weights, and so another version. */
  readonly hiddenUnits?: number;
  readonly maxLength?: number;
}

/** Writes a model folder, in the place of one that may be there. */
export async function writeTinyModel(
  folder: string,
  { labelNames = ['toxic', 'insult', '__proto__', '7'], ...options }: TinyModelOptions = {},
): Promise<string> {
  const outcome = await randomOutcome({ folder: encoder, hiddenSize: 32, labelNames, ...options });
  await writeModelFolder(folder, outcome, { overwrite: true });
  return folder;
}

export interface RunningClassifiers {
  readonly server: ClassifierServer;
  readonly origin: string;
  /** What clients saw as a 500 only, and warnings of the process. */
  readonly failures: unknown[];
  end(): Promise<void>;
}

/** Starts a server at a free port of loopback. */
export async function startClassifiers(
  folders: Readonly<Record<string, string>>,
  options: Partial<ClassifierServerOptions> = {},
): Promise<RunningClassifiers> {
  const failures: unknown[] = [];
  // Such as of more listeners than are taken away again.
  const hearWarning = (warning: Error): void => {
    failures.push(warning);
  };
  process.on('warning', hearWarning);
  const server = await startClassifierServer({
    models: Object.entries(folders).map(([name, reference]) => ({ name, reference })),
    host: '127.0.0.1',
    port: 0,
    workers: 1,
    onFailure: (error) => failures.push(error),
    ...options,
  });
  return {
    server,
    origin: `http://127.0.0.1:${server.port}`,
    failures,
    end: async () => {
      await server.close({ graceMilliseconds: 5000 });
      process.off('warning', hearWarning);
    },
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

/** Sends JSON and reads JSON. */
export async function ask(url: string, body?: unknown, init: RequestInit = {}): Promise<Answer> {
  const answer = await fetch(url, {
    ...(body === undefined
      ? {}
      : {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: typeof body === 'string' ? body : JSON.stringify(body),
        }),
    ...init,
  });
  const text = await answer.text();
  const read = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  return { status: answer.status, headers: answer.headers, body: read };
}
