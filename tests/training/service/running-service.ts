// A real encoder service over the tiny model of the fixtures, on free ports.
import { resolve } from 'node:path';
import { Encoder, type Pooling } from '../../../src/bert/index.js';
import { startEncoderServer } from '../../../src/server/index.js';

/** The model that it serves. */
export const tinyModel = resolve('tests/fixtures/tf-bert-tiny');

/** What the service is started with. */
export interface RunningServiceOptions {
  readonly strategy?: { readonly name: Pooling; readonly number: number };
  readonly layers?: readonly number[];
  readonly maxLength?: number;
  readonly ports?: { readonly port: number; readonly portOut: number };
}

/** A service that runs. */
export interface RunningService {
  /** `tcp://127.0.0.1:PORT/PORT_OUT` */
  readonly address: string;
  readonly ports: { readonly port: number; readonly portOut: number };
  /** Ends at once, whatever is under way. */
  stop(): Promise<void>;
}

/** Starts one. */
export async function startService({
  strategy = { name: 'mean', number: 2 },
  layers = [-2],
  maxLength = 25,
  ports = { port: 0, portOut: 0 },
}: RunningServiceOptions = {}): Promise<RunningService> {
  const encoder = await Encoder.load(tinyModel, {
    pooling: strategy.name,
    layers,
    maxLength,
    workers: 1,
  });
  const server = await startEncoderServer({
    encoder,
    host: '127.0.0.1',
    ...ports,
    httpPort: null,
    httpMaxConnect: 10,
    cors: '*',
    maxSeqLen: maxLength,
    fixedEmbedLength: false,
    showTokensToClient: false,
    priorityBatchSize: 16,
    allowRemoteTermination: false,
    flags: {
      max_seq_len: maxLength,
      pooling_strategy: strategy.number,
      pooling_layer: [...layers],
      do_lower_case: true,
    },
  });
  const { port, portOut } = server;
  return {
    address: `tcp://127.0.0.1:${port}/${portOut}`,
    ports: { port, portOut },
    stop: async () => {
      await server.close({ graceMilliseconds: 0 });
      await encoder.close();
    },
  };
}
