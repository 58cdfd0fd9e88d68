// bert-serving-start: loads an encoder and serves it to clients of bert-as-service until it is told to end.
import { fileURLToPath } from 'node:url';
import type { Encoder } from '../../bert/index.js';
import type { EncoderServer } from '../../server/index.js';
import { loadingOptions } from '../model-loading.js';
import { ProgressDisplay } from '../terminal/progress.js';
import { argumentTable } from './argument-table.js';
import { runServingCommand, say } from './command-line.js';
import { serverFlags } from './server-flags.js';
import { usesLayers } from './pooling-strategies.js';
import { createServerLog } from './server-log.js';
import {
  completeValues,
  type GivenFlags,
  refuseContradictions,
  remarksOn,
  serverOptionsOf,
  type ServerValues,
} from './server-settings.js';
import { exitCodeOf, type StopRequest, watchForStop } from './stop-request.js';

const program = 'bert-serving-start';

const description = `Serves vectors of texts to the clients of bert-as-service 1.10, without Python: over ZeroMQ,
and with -http_port over HTTP. Ends, after it has answered what is under way, at Ctrl-C, SIGTERM or
bert-serving-terminate. Flags may have one dash or two, and = or a space before their value.`;

const epilogue = `
examples:
  bert-serving-start -model_dir uncased_L-12_H-768_A-12/ -num_worker=2 -max_seq_len 50
  bert-serving-start -model_dir all-MiniLM-L6-v2 -pooling_layer -1 -http_port 8125
  bert-serving-start -model_dir multi_cased_L-12_H-768_A-12.zip -cased_tokenization -host 0.0.0.0

${fileURLToPath(new URL('../../../docs/bert-as-service.md', import.meta.url))} has a guide.`;

/** Runs the command. @returns the exit code */
export function runStart(words: readonly string[]): Promise<number> {
  const command = { program, description, epilogue, flags: serverFlags, run: start };
  return runServingCommand(command, words);
}

async function start(
  flags: ServerValues,
  given: GivenFlags,
  words: readonly string[],
): Promise<number> {
  refuseContradictions(flags, given);
  const values = await completeValues(flags);
  say(argumentTable(program, words, values));
  for (const remark of remarksOn(values, given)) say(`${program}: ${remark}`);
  const stop = watchForStop();
  try {
    await loadAndServe(values, given, stop);
  } catch (error) {
    if (error !== stop.signal.reason || error === undefined) throw error;
  } finally {
    stop.release();
  }
  return exitCodeOf(stop);
}

async function loadAndServe(
  values: ServerValues,
  given: GivenFlags,
  stop: StopRequest,
): Promise<void> {
  const { Encoder } = await import('../../bert/index.js');
  const { checkLabels, inspectModel } = await import('./served-model.js');
  const progress = new ProgressDisplay();
  try {
    const loading = loadingOptions({ signal: stop.signal, progress });
    const model = await inspectModel(values, given, loading);
    for (const remark of model.remarks) say(`${program}: ${remark}`);
    const encoder = await Encoder.load(model.folder, { ...model.options, ...loading });
    progress.close();
    try {
      checkLabels(values, encoder.width);
      stop.signal.throwIfAborted();
      await serve(encoder, values, stop);
    } finally {
      await encoder.close();
    }
  } finally {
    progress.close();
  }
}

/** Serves until a client or a signal ends it; then everything under way has been answered. */
async function serve(encoder: Encoder, values: ServerValues, stop: StopRequest): Promise<void> {
  const { startEncoderServer } = await import('../../server/index.js');
  const { lowercase } = encoder.tokenizer.settings;
  const options = serverOptionsOf({ ...values, do_lower_case: lowercase });
  const server = await startEncoderServer({
    ...options,
    encoder,
    onEvent: createServerLog({ write: say, verbose: values.verbose }),
  });
  announce(server, encoder, values);
  const ending = await Promise.race([server.ended, stop.requested]);
  if (ending === 'SIGINT' || ending === 'SIGTERM') {
    const again = ending === 'SIGINT' ? '; Ctrl-C again ends it at once' : '';
    say(`${program}: ${ending}: answering what is under way${again}`);
    await server.close();
  }
  say(`${program}: terminated!`);
}

/** Says that clients can come: to people, and in one line of JSON to a program that reads standard output. */
function announce(server: EncoderServer, encoder: Encoder, values: ServerValues): void {
  const { port, portOut, httpPort } = server;
  const { host } = values;
  const local = ['0.0.0.0', '*', '::'].includes(host) ? '127.0.0.1' : host;
  const address = (name: string): string => (name.includes(':') ? `[${name}]` : name);
  const http = httpPort === null ? '' : `, HTTP at http://${address(local)}:${httpPort}`;
  const isUsual = local === '127.0.0.1' && port === 5555 && portOut === 5556;
  const client = isUsual ? '' : `"${local}", ${port}, ${portOut}`;
  say(`${program}: all set, ready to serve request!
  requests at tcp://${address(host)}:${port}, results at tcp://${address(host)}:${portOut}${http}
  ${describeVectors(encoder, values)}
  try: python -c 'from bert_serving.client import BertClient; print(BertClient(${client}).encode(["hello world"]))'`);
  if (process.stdout.isTTY) return;
  const facts = { ready: true, host, port, port_out: portOut, http_port: httpPort };
  process.stdout.write(`${JSON.stringify({ ...facts, width: encoder.width, pid: process.pid })}\n`);
}

/** Such as `768 numbers a text: REDUCE_MEAN of layer -2, 25 tokens at most`. */
function describeVectors({ width, settings }: Encoder, values: ServerValues): string {
  const { pooling_strategy: strategy, pooling_layer: layers } = values;
  const unit = strategy.name === 'NONE' ? 'token' : 'text';
  const from = usesLayers(strategy) ? ` of layer ${layers.join(' ')}` : '';
  return `${width} numbers a ${unit}: ${strategy.name}${from}, ${settings.maxLength} tokens at most`;
}
