// A service over the tiny checkpoint, as the command line would start it.
import { Encoder, type EncoderOptions } from '../../../src/bert/index.js';
import {
  type EncoderServer,
  type EncoderServerOptions,
  type ServerEvent,
  startEncoderServer,
} from '../../../src/server/index.js';

export const tinyModel = 'tests/fixtures/tf-bert-tiny';

/** Tokens of a sequence, as in the reference. */
const maxSeqLen = 20;

export interface RunningService {
  readonly server: EncoderServer;
  readonly encoder: Encoder;
  readonly events: ServerEvent[];
  /** Ends all; harmless when the server has ended. */
  end(): Promise<void>;
}

export async function loadTiny(options: EncoderOptions = {}): Promise<Encoder> {
  return Encoder.load(tinyModel, { workers: 1, maxLength: maxSeqLen, ...options });
}

/** Starts a server at free ports of loopback. */
export async function startService(
  options: Partial<EncoderServerOptions> = {},
  encoderOptions: EncoderOptions = {},
): Promise<RunningService> {
  const encoder = options.encoder ?? (await loadTiny(encoderOptions));
  const events: ServerEvent[] = [];
  const server = await startEncoderServer({
    encoder,
    host: '127.0.0.1',
    port: 0,
    portOut: 0,
    httpPort: null,
    httpMaxConnect: 10,
    cors: '*',
    maxSeqLen,
    fixedEmbedLength: false,
    showTokensToClient: false,
    priorityBatchSize: 16,
    allowRemoteTermination: false,
    flags: { max_seq_len: maxSeqLen, show_tokens_to_client: false, pooling_strategy: 2 },
    onEvent: (event) => events.push(event),
    ...options,
  });
  return {
    server,
    encoder,
    events,
    end: async () => {
      await server.close({ graceMilliseconds: 5_000 });
      await encoder.close();
    },
  };
}
