// The record that SHOW_CONFIG and SHOW_STATUS answer: the original's keys, with what they come to here.
import { packageVersion } from '../../runtime/index.js';
import type { JsonRecord } from './encoding-service.js';

/** The version that clients insist on: they compare it with their own. */
const originalVersion = '1.10.0';

/** What does not change while a service runs. */
export interface ServiceFacts {
  /** Every flag by its name in bert-as-service's argparse. */
  readonly flags: JsonRecord;
  /** The model's name, and its key: the same key, the same vectors. */
  readonly model: string;
  readonly modelKey: string;
  readonly started: Date;
}

/** The configuration, as `client` is shown it. */
export function configRecord({ flags, started }: ServiceFacts, client: string): JsonRecord {
  return {
    client,
    num_process: 1,
    // Sockets between the original's processes: here there is one process.
    'ventilator -> worker': [],
    'worker -> sink': '',
    'ventilator <-> sink': '',
    server_current_time: pythonTime(new Date()),
    device_map: [],
    num_concurrent_socket: 0,
    ...flags,
    // There is neither TensorFlow nor Python; their keys stay for programs that look them up.
    tensorflow_version: [],
    python_version: '',
    pyzmq_version: '',
    zmq_version: '',
    server_version: originalVersion,
    server_start_time: pythonTime(started),
  };
}

/** What the status says of this service beyond the original's keys. */
export function ownRecord({ model, modelKey, started }: ServiceFacts): JsonRecord {
  return {
    version: packageVersion(),
    node_version: process.versions.node,
    model,
    model_key: modelKey,
    uptime_seconds: (Date.now() - started.getTime()) / 1000,
  };
}

/** Local time as Python's str(datetime.now()) writes it, microseconds included. */
function pythonTime(time: Date): string {
  const local = new Date(time.getTime() - time.getTimezoneOffset() * 60_000);
  return `${local.toISOString().replace('T', ' ').slice(0, -1)}000`;
}
