// A server of bert-serving-start as a process of its own, for one setting of a benchmark.
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { FlagTable } from './flags/flag.js';
import { pythonText } from './flags/python-text.js';
import { serverFlags } from './server-flags.js';
import type { GivenFlags, ServerValues } from './server-settings.js';

/** A server that is ready. */
export interface BenchmarkServer {
  readonly host: string;
  readonly port: number;
  readonly portOut: number;
  /** Ends it and waits until it has. */
  close(): Promise<void>;
}

/** A server that did not start; the message is what it said. */
export class ServerRefusal extends Error {
  override readonly name = 'ServerRefusal';
}

/** How a server is started. */
export interface BenchmarkServerOptions {
  /** Flags that are said to it, beside those with other values than their defaults. */
  readonly given: GivenFlags;
  readonly waitSeconds: number;
  readonly signal: AbortSignal;
}

const start = fileURLToPath(new URL('../bert-serving-start.js', import.meta.url));

/**
 * Starts a server and waits until it is ready. Ports are free ones unless they were given.
 * @throws ServerRefusal when it ends before it is ready, or is not ready in time; the signal's reason
 */
export async function startBenchmarkServer(
  values: ServerValues,
  { given, waitSeconds, signal }: BenchmarkServerOptions,
): Promise<BenchmarkServer> {
  const words = wordsOf(values, given);
  const child = spawn(process.execPath, [start, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => {
    child.on('close', () => {
      resolve();
    });
  });
  const close = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
  };
  try {
    const limit = AbortSignal.timeout(waitSeconds * 1000);
    const facts = await waitUntilReady(child, AbortSignal.any([signal, limit]));
    return { host: facts.host, port: facts.port, portOut: facts.port_out, close };
  } catch (error) {
    child.kill('SIGKILL');
    await ended;
    signal.throwIfAborted();
    throw error;
  }
}

interface ReadyLine {
  readonly host: string;
  readonly port: number;
  readonly port_out: number;
}

/** The line that the server prints when it is ready. */
function waitUntilReady(child: ChildProcess, signal: AbortSignal): Promise<ReadyLine> {
  const said: string[] = [];
  // The last words of a server that fails are why; a long log is none of our business.
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said.push(text);
    if (said.length > 50) said.shift();
  });
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(new ServerRefusal('it was not ready in time (-wait_till_ready)'));
    });
    child.on('error', reject).on('close', () => {
      reject(new ServerRefusal(lastSentence(said.join(''))));
    });
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).once('line', (line) => {
      // Our own program wrote it.
      resolve(JSON.parse(line) as ReadyLine);
    });
  });
}

/** What a command says when it fails: the line with its name, without that name. */
function lastSentence(text: string): string {
  const lines = text.trim().split('\n');
  const named = lines.findLast((line) => /^(?:polytag|bert-serving-start): /.test(line));
  return (named ?? lines[lines.length - 1]).replace(/^[\w-]+: (?:error: )?/, '');
}

/** The command line that gives these values. */
function wordsOf(values: ServerValues, given: GivenFlags): string[] {
  const table: FlagTable = serverFlags;
  const free = { port: 0, port_out: 0 };
  const chosen: Readonly<Record<string, unknown>> = {
    ...values,
    ...(given.has('port') || given.has('port_out') ? {} : free),
  };
  return Object.entries(table).flatMap(([name, flag]) => {
    const value = chosen[name];
    const isSaid = value !== flag.initial || given.has(name as keyof ServerValues);
    return isSaid ? spell(`-${flag.names[0]}`, value) : [];
  });
}

function spell(flag: string, value: unknown): string[] {
  if (typeof value === 'boolean') return [flag];
  if (Array.isArray(value)) return value.length > 0 ? [flag, ...value.map(String)] : [];
  const hasName = typeof value === 'object' && value !== null && 'name' in value;
  return [`${flag}=${pythonText(hasName ? value.name : value)}`];
}
