// bert-serving-benchmark: the experiments of bert-as-service, with its tables, on our server and client.
import { appendFile } from 'node:fs/promises';
import type { BertClient } from '../../client/index.js';
import { polytagError } from '../../errors/index.js';
import { ProgressDisplay } from '../terminal/progress.js';
import { argumentTable } from './argument-table.js';
import {
  type BenchmarkValues,
  type Experiment,
  experimentsOf,
  type Measurement,
  resultText,
  type Setting,
} from './benchmark-experiments.js';
import { benchmarkFlags } from './benchmark-flags.js';
import { type BenchmarkServer, ServerRefusal, startBenchmarkServer } from './benchmark-server.js';
import { makeTexts, readVocabularyWords } from './benchmark-texts.js';
import { runServingCommand, say } from './command-line.js';
import { completeValues, type GivenFlags, refuseContradictions } from './server-settings.js';
import { exitCodeOf, watchForStop } from './stop-request.js';

const program = 'bert-serving-benchmark';

const description = `Measures a server of bert-serving-start on this machine, as bert-as-service's benchmark did: one
experiment a flag that is varied, a new server for each value, clients that send random words. Takes the flags of
bert-serving-start too. The speeds are printed, and added to benchmark-N.result, N being the number of workers.`;

const epilogue = `
examples:
  bert-serving-benchmark -model_dir all-MiniLM-L6-v2 -client_batch_size 256
  bert-serving-benchmark -model_dir uncased_L-12_H-768_A-12/ -test_client_batch_size 1 16 256 \\
    -test_max_batch_size -test_max_seq_len -test_num_client -test_pooling_layer`;

/** Texts have so many words where sequences have no limit. */
const UNLIMITED_WORDS = 25;

/** Runs the command. @returns the exit code */
export function runBenchmark(words: readonly string[]): Promise<number> {
  const command = { program, description, epilogue, flags: benchmarkFlags, run: benchmark };
  return runServingCommand(command, words);
}

async function benchmark(
  flags: BenchmarkValues,
  given: ReadonlySet<keyof BenchmarkValues>,
  words: readonly string[],
): Promise<number> {
  refuseContradictions(flags, given as GivenFlags);
  const values: BenchmarkValues = { ...flags, ...(await completeValues(flags)) };
  say(argumentTable(program, words, values));
  const { client_vocab_file: file } = values;
  const vocabulary = await readVocabularyWords(file, given.has('client_vocab_file'));
  if (vocabulary.file !== file)
    say(`${program}: there is no ${file} here; words are from ${vocabulary.file}`);
  print(`vocabulary size: ${vocabulary.words.length}`);
  const stop = watchForStop();
  const progress = new ProgressDisplay();
  try {
    const job = {
      given: given as GivenFlags,
      vocabulary: vocabulary.words,
      signal: stop.signal,
      progress,
    };
    for (const experiment of experimentsOf(values)) await runExperiment(experiment, values, job);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    progress.close();
    stop.release();
  }
  return exitCodeOf(stop);
}

interface Job {
  readonly given: GivenFlags;
  readonly vocabulary: readonly string[];
  readonly signal: AbortSignal;
  readonly progress: ProgressDisplay;
}

async function runExperiment(
  { name, settings }: Experiment,
  values: BenchmarkValues,
  job: Job,
): Promise<void> {
  const measurements: Measurement[] = [];
  for (const setting of settings) {
    measurements.push({ shown: setting.shown, speed: await measureSetting(name, setting, job) });
  }
  const text = resultText(name, measurements);
  process.stdout.write(text);
  const file = `benchmark-${values.num_worker}${values.fp16 ? '-fp16' : ''}.result`;
  try {
    await appendFile(file, text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw polytagError('WRITE_FAILED', { file, reason }, { cause: error });
  }
}

/** Texts a second of one client, the mean over all; null when the server refuses the setting. */
async function measureSetting(
  name: string,
  { shown, values }: Setting,
  job: Job,
): Promise<number | null> {
  const title = `${name} ${String(shown)}`;
  const { given, signal } = job;
  const waitSeconds = values.wait_till_ready;
  let server: BenchmarkServer;
  try {
    server = await startBenchmarkServer(values, { given, waitSeconds, signal });
  } catch (error) {
    if (!(error instanceof ServerRefusal)) throw error;
    job.progress.say(`${title}: no server: ${error.message}`);
    return null;
  }
  try {
    const speeds = await measureClients(server, values, { ...job, title });
    const mean = Math.trunc(speeds.reduce((sum, speed) => sum + speed, 0) / speeds.length);
    const [most, least] = [Math.max(...speeds), Math.min(...speeds)].map(Math.trunc);
    print(`avg speed: ${mean}\tmax speed: ${most}\tmin speed: ${least}`);
    return mean;
  } finally {
    await server.close();
  }
}

/** Texts a second, of each client. */
async function measureClients(
  { host, port, portOut }: BenchmarkServer,
  values: BenchmarkValues,
  job: Job & { readonly title: string },
): Promise<number[]> {
  const { BertClient } = await import('../../client/index.js');
  const clients: BertClient[] = [];
  const total = values.num_client * values.num_repeat;
  let done = 0;
  const report = (): void => {
    job.progress.show({ phase: job.title, unit: 'requests', done: done++, total });
  };
  report();
  try {
    for (let client = 0; client < values.num_client; client++) {
      clients.push(
        await BertClient.connect({
          ip: host,
          port,
          portOut,
          checkLength: false,
          checkVersion: false,
        }),
      );
    }
    return await Promise.all(
      clients.map((client, seed) => measureClient(client, values, { ...job, seed, report })),
    );
  } finally {
    for (const client of clients) client.close();
  }
}

/** Sends the same request several times; the first two are not counted, since they warm up. */
async function measureClient(
  client: BertClient,
  values: BenchmarkValues,
  job: Job & { readonly seed: number; readonly report: () => void },
): Promise<number> {
  const { client_batch_size: texts, max_seq_len: words, num_repeat: repeats } = values;
  const batch = makeTexts(job.vocabulary, {
    texts,
    words: words ?? UNLIMITED_WORDS,
    seed: job.seed,
  });
  let counted = 0;
  for (let repeat = 0; repeat < repeats; repeat++) {
    const start = performance.now();
    await client.encode(batch, { signal: job.signal });
    if (repeat >= 2) counted += performance.now() - start;
    job.report();
  }
  return (texts * (repeats - 2) * 1000) / counted;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
