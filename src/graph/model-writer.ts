// Writes a graph as an ONNX model: bytes in chunks, or files, with external data where one file cannot hold it.
import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import type { GraphBuilder, Value } from './graph-builder.js';
import {
  collectLive,
  type ExternalPlace,
  type LiveParts,
  modelMessage,
  tensorOfValue,
} from './model-message.js';
import { tensorBytes } from './tensor.js';

/** A protocol buffer must stay below 2 GiB; this much is left for everything but the weights. */
const LARGEST_MODEL_BYTES = 2 ** 31 - 64 * 2 ** 20;

/** One system call writes at most this much: 2 GiB and more is refused or cut short. */
const LARGEST_WRITE_BYTES = 2 ** 30;

/** Tensors below this size stay in the model file when there is a data file. */
const SMALLEST_EXTERNAL_BYTES = 1024;

/** Offsets in a data file are multiples of a memory page, so that readers may map it. */
const EXTERNAL_ALIGNMENT = 4096;

/**
 * The model as chunks that follow each other; weights are the tensors' own memory, not copies. Only what
 * the outputs depend on is written.
 * @throws RangeError when the model is too large for one protocol buffer (about 2 GB): use {@link writeModel}
 */
export function modelToChunks(graph: GraphBuilder): Uint8Array[] {
  const live = collectLive(graph);
  if (weightBytes(live) > LARGEST_MODEL_BYTES) {
    throw new RangeError(`a model of ${weightBytes(live)} bytes fits only into files`);
  }
  return modelMessage(graph, live, new Map()).finish();
}

/** How a model is written. */
interface WriteOptions {
  /** Bytes of weights above which they go to a file of their own. Default: about 2 GB. */
  readonly externalAbove?: number;
  /** Wait until the disk has it. Default true; false for files that end with the process. */
  readonly durable?: boolean;
}

/**
 * Writes the model to `path`. Above about 2 GB (or `externalAbove` bytes of weights) the weights go to
 * `path` + `.data` beside it, which the model names by its relative path.
 */
export async function writeModel(
  graph: GraphBuilder,
  path: string,
  { externalAbove = LARGEST_MODEL_BYTES, durable = true }: WriteOptions = {},
): Promise<void> {
  const live = collectLive(graph);
  const places = new Map<Value, ExternalPlace>();
  if (weightBytes(live) > externalAbove) {
    await writeExternalData(live.initializers, path, places, durable);
  }
  await writeChunks(path, durable, async (write) => {
    for (const chunk of modelMessage(graph, live, places).finish()) await write(chunk);
  });
}

async function writeExternalData(
  initializers: readonly Value[],
  path: string,
  places: Map<Value, ExternalPlace>,
  durable: boolean,
): Promise<void> {
  const location = `${basename(path)}.data`;
  await writeChunks(`${path}.data`, durable, async (write) => {
    let offset = 0;
    for (const value of initializers) {
      const bytes = tensorBytes(tensorOfValue(value));
      if (bytes.length < SMALLEST_EXTERNAL_BYTES) continue;
      const start = Math.ceil(offset / EXTERNAL_ALIGNMENT) * EXTERNAL_ALIGNMENT;
      await write(new Uint8Array(start - offset));
      await write(bytes);
      places.set(value, { location, offset: start });
      offset = start + bytes.length;
    }
  });
}

async function writeChunks(
  path: string,
  durable: boolean,
  produce: (write: (bytes: Uint8Array) => Promise<void>) => Promise<void>,
): Promise<void> {
  const file = await open(path, 'w');
  try {
    await produce((bytes) => writeWhole(file, bytes));
    if (durable) await file.sync();
  } finally {
    await file.close();
  }
}

async function writeWhole(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let offset = 0; offset < bytes.length; ) {
    const length = Math.min(LARGEST_WRITE_BYTES, bytes.length - offset);
    offset += (await file.write(bytes, offset, length)).bytesWritten;
  }
}

function weightBytes({ initializers }: LiveParts): number {
  return initializers.reduce((sum, value) => sum + tensorOfValue(value).data.byteLength, 0);
}
