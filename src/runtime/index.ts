// ONNX Runtime sessions in worker threads: the pool, token-budget batches, training state, the machine.
export type { BatchRunner, BatchWork } from './batches/batch-mapping.js';
export { describeMachine, type Machine, probeMachine } from './machine.js';
export { type MapOptions, mapInBatches } from './batches/map-in-batches.js';
export type { ModelSource } from './model-source.js';
export type { PoolOptions } from './pool/pool-options.js';
export type { RunOptions } from './pool/pool-task.js';
export type { ModelFace, ModelValue } from './session.js';
export {
  StatefulSession,
  type StatefulOptions,
  type StateTensor,
  type StepsOptions,
} from './stateful/stateful-session.js';
export type { Feeds, NamedTensors } from './tensors.js';
export { batchByTokenBudget, type BatchLimits } from './batches/token-batches.js';
export { WorkerPool } from './pool/worker-pool.js';
