// What the flags of bert-serving-start come to: what contradicts, what has no effect, and how to load and serve.
import type { EncoderOptions } from '../../bert/index.js';
import type { EncoderServerOptions } from '../../server/index.js';
import type { FlagTable, FlagValues } from './flags/flag.js';
import { CommandLineError } from './flags/flag-parser.js';
import { usesLayers } from './pooling-strategies.js';
import { serverFlags } from './server-flags.js';

/** The values of bert-serving-start's flags. */
export type ServerValues = FlagValues<typeof serverFlags>;

/** The names of flags that the command line gives. */
export type GivenFlags = ReadonlySet<keyof typeof serverFlags>;

const LOOPBACK = /^(?:127\.\d+\.\d+\.\d+|localhost|::1)$/;

/** Puts the number of workers in the place of "one a core". */
export async function completeValues(values: ServerValues): Promise<ServerValues> {
  if (values.num_worker !== null) return values;
  const { probeMachine } = await import('../../runtime/index.js');
  return { ...values, num_worker: probeMachine().defaultWorkers };
}

/** Refuses flags that contradict each other, whatever the model. @throws CommandLineError */
export function refuseContradictions(values: ServerValues, given: GivenFlags): void {
  const { port, port_out: portOut, http_port: httpPort, pooling_strategy: strategy } = values;
  const ports = [
    ['-port', port],
    ['-port_out', portOut],
    ['-http_port', httpPort],
  ] as const;
  ports.forEach(([flag, number], at) => {
    const other = ports.slice(0, at).find(([, earlier]) => earlier === number);
    if (other === undefined || number === 0) return;
    throw new CommandLineError(
      `${other[0]} and ${flag} are both ${number}; each needs its own port`,
    );
  });
  if (given.has('num_labels') && strategy.name === 'REGRESSION' && values.num_labels !== 1) {
    throw new CommandLineError(
      `-pooling_strategy REGRESSION gives one number, which contradicts -num_labels ${values.num_labels}`,
    );
  }
}

/** One line for each given flag that changes nothing here, and one on who is let in. */
export function remarksOn(values: ServerValues, given: GivenFlags): string[] {
  const table: FlagTable = serverFlags;
  const remarks = Object.entries(table)
    .filter(
      ([name, { noEffect }]) => noEffect !== undefined && given.has(name as keyof ServerValues),
    )
    .map(([, { names, noEffect }]) => `-${names[0]} has no effect: ${noEffect ?? ''}`);
  for (const [flag, reason] of Object.entries(ineffective(values, given))) {
    remarks.push(`-${flag} has no effect: ${reason}`);
  }
  if (!given.has('host')) {
    remarks.push(
      'listening for this machine only (bert-as-service listened for all: that is -host 0.0.0.0)',
    );
  }
  return remarks;
}

/** Flags that change nothing beside others, with the reason. */
function ineffective(values: ServerValues, given: GivenFlags): Record<string, string> {
  const strategy = values.pooling_strategy.name;
  const reasons: Record<string, string> = {};
  if (given.has('pooling_layer') && !usesLayers(values.pooling_strategy)) {
    reasons.pooling_layer = `${strategy} is made of the last layer`;
  }
  if (given.has('num_labels') && !['CLASSIFICATION', 'REGRESSION'].includes(strategy)) {
    reasons.num_labels = `${strategy} has no labels`;
  }
  if (values.fixed_embed_length && strategy !== 'NONE') {
    reasons.fixed_embed_length = `${strategy} gives one vector a text`;
  } else if (values.fixed_embed_length && values.max_seq_len !== null) {
    reasons.fixed_embed_length = `with -max_seq_len ${values.max_seq_len} all results have that length`;
  }
  if (values.http_port === null) {
    for (const flag of ['http_max_connect', 'cors'] as const) {
      if (given.has(flag)) reasons[flag] = 'there is no HTTP without -http_port';
    }
  }
  if (values.allow_remote_termination && LOOPBACK.test(values.host)) {
    reasons.allow_remote_termination = `no other machine reaches ${values.host}`;
  }
  return reasons;
}

/** How the encoder is loaded; layers are counted by the served model. */
export function encoderOptionsOf(values: ServerValues, given: GivenFlags): EncoderOptions {
  return {
    pooling: values.pooling_strategy.pooling,
    maxLength: values.max_seq_len ?? undefined,
    oddToFirst: true,
    maskSpecialTokens: values.mask_cls_sep,
    addSpecialTokens: !values.no_special_token,
    positionEmbeddings: !values.no_position_embeddings,
    workers: values.num_worker ?? undefined,
    maxRows: values.max_batch_size,
    checkpointName: given.has('ckpt_name') ? values.ckpt_name : undefined,
    configName: given.has('config_name') ? values.config_name : undefined,
    tunedFolder: values.tuned_model_dir ?? undefined,
  };
}

/** How the server is started, but for the encoder and the log. */
export function serverOptionsOf(
  values: ServerValues,
): Omit<EncoderServerOptions, 'encoder' | 'onEvent'> {
  return {
    host: values.host,
    port: values.port,
    portOut: values.port_out,
    httpPort: values.http_port,
    httpMaxConnect: values.http_max_connect,
    cors: values.cors,
    maxSeqLen: values.max_seq_len,
    fixedEmbedLength: values.fixed_embed_length,
    showTokensToClient: values.show_tokens_to_client,
    priorityBatchSize: values.priority_batch_size,
    allowRemoteTermination: values.allow_remote_termination,
    maxMessageBytes: values.max_message_mb * 2 ** 20,
    flags: {
      ...values,
      pooling_layer: [...values.pooling_layer],
      pooling_strategy: values.pooling_strategy.number,
      device_map: [...values.device_map],
    },
  };
}
