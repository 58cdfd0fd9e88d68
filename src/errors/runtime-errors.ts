// Errors of sessions and their worker threads.
import { entry } from './entry.js';

export const runtimeErrors = {
  MODEL_LOAD_FAILED: entry<{ model: string; reason: string }>(
    'ONNX Runtime cannot make a session of a model: the file is missing, damaged, or uses what ONNX Runtime does not know.',
    'Check that the file is the one that was written (its SHA-256 stands in polytag.json), or export the model again.',
    ({ model, reason }) => `${model} cannot be loaded (${reason})`,
  ),
  MODEL_RUN_FAILED: entry<{ reason: string }>(
    'ONNX Runtime failed while it ran a model, most often because the inputs do not fit it.',
    "Compare the inputs named in the message with the model's own; `polytag info` lists them.",
    ({ reason }) => `the model cannot run on these inputs (${reason})`,
  ),
  WORKER_DIED: entry<{ reason: string }>(
    'A worker thread died twice over the same batch.',
    'Often the machine is short of memory: use fewer workers or a smaller token budget.',
    ({ reason }) => `a worker thread died twice over the same batch (${reason})`,
  ),
  WORKERS_LOST: entry<{ reason: string }>(
    'All worker threads died and none could be started again.',
    'Often the machine is short of memory, or the model file was moved while in use: use fewer workers, and start again.',
    ({ reason }) => `no worker thread is left and none can be started (${reason})`,
  ),
  QUEUE_FULL: entry<{ waiting: number }>(
    'More batches or texts are waiting than the queue takes.',
    'Send less at a time and try again later, or use more workers.',
    ({ waiting }) => `the queue is full: ${waiting} are waiting already`,
  ),
  TRAINING_THREAD_DIED: entry<{ reason: string }>(
    'The thread that holds the state of a training run died, and the state with it.',
    'Continue from the last checkpoint with --resume. Often the machine is short of memory: use a smaller batch.',
    ({ reason }) => `the training thread died (${reason})`,
  ),
};
