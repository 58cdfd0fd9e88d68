// Asks the service: JSON there and back, the key where there is one, and refusals as errors that say what happened.
import { members, number, text } from './json-members.js';

/** Why there is no answer, in a sentence that can be shown. */
export class ServiceProblem extends Error {
  constructor(
    sentence: string,
    /** The HTTP status; undefined where the service was not reached. */
    readonly status?: number | undefined,
    /** How long the service wants to be left alone, in seconds. */
    readonly retryAfterSeconds?: number | undefined,
  ) {
    super(sentence);
    this.name = 'ServiceProblem';
  }
}

interface Question {
  readonly method?: 'GET' | 'POST' | 'PUT' | undefined;
  readonly body?: object | undefined;
  /** Instead of the key of the session. */
  readonly key?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The service, as the page speaks to it. Every method throws ServiceProblem, or the reason of the signal. */
export interface ServiceClient {
  /** The key that goes with every question; empty for none. */
  readonly key: string;
  json(path: string, question?: Question): Promise<unknown>;
  text(path: string, question?: Question): Promise<string>;
  blob(path: string, question?: Question): Promise<Blob>;
}

async function refusalOf(answer: Response): Promise<ServiceProblem> {
  const record = members(await answer.json().catch(() => undefined));
  const error = members(record.error);
  const said =
    text(error.message) ?? text(record.message) ?? text(record.error) ?? text(record.detail);
  const wait = number(Number(answer.headers.get('retry-after') ?? Number.NaN));
  return new ServiceProblem(
    said ?? `The service answered with status ${answer.status}.`,
    answer.status,
    wait,
  );
}

async function ask(path: string, key: string, question: Question): Promise<Response> {
  const { method = 'GET', body, signal } = question;
  const headers: Record<string, string> = {};
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (key !== '') headers.authorization = `Bearer ${key}`;
  let answer: Response;
  try {
    answer = await fetch(path, {
      method,
      headers,
      cache: 'no-store',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof TypeError)) throw error;
    // A TypeError is all that a browser tells of a network that failed, or of a key that no header can carry.
    throw new ServiceProblem(
      'The service does not answer. It may have stopped, or the network is down.',
    );
  }
  if (!answer.ok) throw await refusalOf(answer);
  return answer;
}

/** A client with the key of the session; `onUnauthorized` is told when the service wants another. */
export function createServiceClient(key: string, onUnauthorized: () => void): ServiceClient {
  const asked = async (path: string, question: Question = {}): Promise<Response> => {
    try {
      return await ask(path, question.key ?? key, question);
    } catch (error) {
      const refused = error instanceof ServiceProblem && error.status === 401;
      if (refused && question.key === undefined) onUnauthorized();
      throw error;
    }
  };
  return {
    key,
    json: async (path, question) => (await asked(path, question)).json() as Promise<unknown>,
    text: async (path, question) => (await asked(path, question)).text(),
    blob: async (path, question) => (await asked(path, question)).blob(),
  };
}

/** What to show of an error. */
export function problemText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The error of an answer that the page does not understand. */
export function unreadable(what: string): ServiceProblem {
  return new ServiceProblem(`The service's answer about ${what} is not what this page expects.`);
}
