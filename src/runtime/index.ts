// ONNX Runtime sessions in worker threads: the pool, token-budget batches, training state, the machine.
export type { BatchRunner, BatchWork } from './batches/batch-mapping.js';
export { mapInBatches } from './batches/map-in-batches.js';
export { RequestBatcher } from './batches/request-batcher.js';
export {
  type IntakeOptions,
  RequestIntake,
  type RequestTimings,
} from './batches/request-intake.js';
export { batchByTokenBudget } from './batches/token-batches.js';
export { describeMachine, probeMachine } from './machine.js';
export type { ModelSource } from './model-source.js';
export { packageVersion } from './package-version.js';
export type { PoolOptions } from './pool/pool-options.js';
export type { RunOptions } from './pool/pool-task.js';
export { WorkerPool } from './pool/worker-pool.js';
export { StatefulSession } from './stateful/stateful-session.js';
export type { Feeds, NamedTensors } from './tensors.js';
