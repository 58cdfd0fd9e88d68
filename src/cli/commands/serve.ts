// polytag serve: classifiers and encoders behind HTTP, for the clients of many services, until it is told to end.
import { readFile } from 'node:fs/promises';
import { polytagError } from '../../errors/index.js';
import type { ClassifierServer, ClassifierServerOptions } from '../../server/index.js';
import { exitCodeOf, type StopRequest, watchForStop } from '../bert-serving/stop-request.js';
import { printData, refuseUsage } from '../command-run.js';
import { loadingOptions } from '../model-loading.js';
import { addServeOptions, type ServeFlags } from '../serve-options.js';
import { ProgressDisplay } from '../terminal/progress.js';
import { describeReload, describeServer, serverRecord } from '../terminal/serving.js';
import { type NewCommand, unwrap } from '../typed-commander.js';

const description = `Serve classifiers and encoders over HTTP, to the clients of several services and to people at /.

MODELS are folders that polytag train wrote, encoders, or NAME=REF of either; the first of each kind answers requests
that name none. Without any, the models that come with polytag are served. SIGHUP loads all models anew, and one that
cannot be used leaves the one before; SIGTERM answers what is under way and ends.`;

const examples = `
Examples:
  $ polytag serve my-model
  $ polytag serve comments=my-model all-MiniLM-L6-v2 --port 9000
  $ polytag serve --new-api-key me --admin-key 2>> keys.txt
  $ polytag serve my-model --host 0.0.0.0 --api-key-file keys.txt --log service.log`;

/** What is served where nothing is named: those of them that come with the package. */
const embeddedModels: readonly string[] = ['toxic-comments', 'all-MiniLM-L6-v2'];

/** Milliseconds for what is under way when the service is told to end. */
const graceMilliseconds = 30_000;

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Declares the command. */
export function defineServe(command: NewCommand<[string[]]>): void {
  addServeOptions(command.description(unwrap(description)))
    .addHelpText('after', examples)
    .action(async (words, flags, called) => {
      if (flags.newApiKey !== undefined) {
        await printNewKey(flags.newApiKey, flags.adminKey === true);
        return;
      }
      const models = words.length > 0 ? words : await findEmbeddedModels();
      if (models.length === 0) {
        refuseUsage(called, 'no classifier comes with this version; name a model to serve');
      }
      const stop = watchForStop();
      try {
        await loadAndServe(models, flags, stop);
      } catch (error) {
        if (error !== stop.signal.reason || error === undefined) throw error;
      } finally {
        stop.release();
      }
      process.exitCode = exitCodeOf(stop);
    });
}

/** None where there is no classifier among them: an encoder alone is not what was asked for. */
async function findEmbeddedModels(): Promise<string[]> {
  const { listBundledModels } = await import('../../weights/index.js');
  const bundled = await listBundledModels();
  if (!bundled.includes(embeddedModels[0])) return [];
  return embeddedModels.filter((name) => bundled.includes(name));
}

async function printNewKey(name: string, isAdmin: boolean): Promise<void> {
  const { newApiKey } = await import('../../server/index.js');
  const { key, line } = newApiKey(name, { isAdmin });
  printData(key);
  say(line);
}

async function readLabelMapping(path: string | undefined) {
  if (path === undefined) return undefined;
  const { parseLabelMapping } = await import('../../server/index.js');
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw polytagError('LABEL_MAPPING_INVALID', { file: path, problem });
  }
  return parseLabelMapping(value, path);
}

async function openLog({
  log: path,
  logLevel,
}: ServeFlags): Promise<Pick<ClassifierServerOptions, 'log' | 'logOutput'>> {
  if (logLevel === 'off') return {};
  const { describeDroppedLines, LineOutput, ServiceLog } = await import('../../server/index.js');
  const options = { describeDropped: describeDroppedLines };
  const logOutput =
    path === '-' ? LineOutput.toDescriptor(2, options) : await LineOutput.toFile(path, options);
  return { log: new ServiceLog(logOutput, logLevel), logOutput };
}

/** @throws PolytagError OPTION_INVALID, LABEL_MAPPING_INVALID, API_KEYS_INVALID and others of the files named */
async function serverOptions(
  words: readonly string[],
  flags: ServeFlags,
): Promise<ClassifierServerOptions> {
  const { ApiKeyFile, parseNamedReferences } = await import('../../server/index.js');
  const { apiKeyFile, cacheMb, language } = flags;
  return {
    models: parseNamedReferences(words),
    host: flags.host,
    port: flags.port,
    workers: flags.workers,
    precision: flags.precision,
    windows: flags.windows,
    languages: language,
    labelMapping: await readLabelMapping(flags.labelMapping),
    keys: apiKeyFile === undefined ? undefined : await ApiKeyFile.open(apiKeyFile),
    insecure: flags.insecure,
    allowedHosts: flags.allowedHosts,
    cors: flags.cors,
    textsPerRequest: flags.maxBatchTexts,
    cacheBytes: cacheMb === undefined ? undefined : cacheMb * 1_000_000,
    feedbackFile: flags.feedback,
    ...(await openLog(flags)),
  };
}

async function loadAndServe(
  words: readonly string[],
  flags: ServeFlags,
  stop: StopRequest,
): Promise<void> {
  const options = await serverOptions(words, flags);
  for (const warning of options.keys?.warnings ?? []) say(`polytag serve: warning: ${warning}`);
  const progress = new ProgressDisplay();
  let server: ClassifierServer;
  try {
    const { startClassifierServer } = await import('../../server/index.js');
    const loading = loadingOptions({ signal: stop.signal, progress });
    server = await startClassifierServer({ ...options, ...loading });
  } finally {
    progress.close();
  }
  try {
    await serve(server, options, stop);
  } finally {
    await server.close({ graceMilliseconds });
    await options.logOutput?.close();
  }
}

/** Serves until a signal comes. */
async function serve(
  server: ClassifierServer,
  { keys }: ClassifierServerOptions,
  stop: StopRequest,
): Promise<void> {
  const reload = (): void => {
    void reloadAll(server, keys);
  };
  process.on('SIGHUP', reload);
  try {
    say(describeServer(server));
    if (!process.stdout.isTTY) printData(JSON.stringify(serverRecord(server)));
    const signal = await stop.requested;
    const again = signal === 'SIGINT' ? '; Ctrl-C again ends it at once' : '';
    say(`polytag serve: ${signal}: answering what is under way${again}`);
  } finally {
    process.off('SIGHUP', reload);
  }
}

/** Models and keys, each as far as they can be used; never rejects. */
async function reloadAll(
  server: ClassifierServer,
  keys: ClassifierServerOptions['keys'],
): Promise<void> {
  try {
    const read = await keys?.reload();
    if (read !== undefined) say(`polytag serve: ${read.count} API keys`);
  } catch (error) {
    say(`polytag serve: the API keys stay as they are: ${messageOf(error)}`);
  }
  for (const outcome of await server.reload()) say(`polytag serve: ${describeReload(outcome)}`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
