// The state of a run between epochs, on disk, so that a killed run goes on to the same bytes.
import { existsSync } from 'node:fs';
import { polytagError } from '../errors/index.js';
import type { Tensor } from '../graph/index.js';
import { openSafetensors, writeSafetensors } from '../weights/index.js';

/** What a run was started with, fact by fact: only a run with the same facts may resume. */
export type Fingerprint = Readonly<Record<string, string>>;

/** Named tensors and a record that survives a kill. */
export interface Checkpoint<State> {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly record: State;
}

/** Replaces the checkpoint at `path`, or leaves the old one whole. */
export async function saveCheckpoint<State>(
  path: string,
  fingerprint: Fingerprint,
  { tensors, record }: Checkpoint<State>,
): Promise<void> {
  await writeSafetensors(
    path,
    [...tensors].map(([name, tensor]) => ({ ...tensor, name, read: () => tensor })),
    { fingerprint: JSON.stringify(fingerprint), record: JSON.stringify(record) },
  );
}

/**
 * The checkpoint at `path`, or undefined where there is none.
 *
 * @param isRecord tells a record of the expected shape from anything else
 * @throws PolytagError CHECKPOINT_FOREIGN naming what differs when it is of another run
 */
export async function loadCheckpoint<State>(
  path: string,
  fingerprint: Fingerprint,
  isRecord: (value: unknown) => value is State,
): Promise<Checkpoint<State> | undefined> {
  if (!existsSync(path)) return undefined;
  const file = await openSafetensors(path);
  try {
    const found = parseObject(file.metadata.get('fingerprint'));
    const record: unknown = parseObject(file.metadata.get('record'));
    const differences = Object.keys({ ...found, ...fingerprint }).filter(
      (fact) => found[fact] !== fingerprint[fact],
    );
    if (differences.length > 0 || !isRecord(record)) {
      throw polytagError('CHECKPOINT_FOREIGN', { file: path, differences });
    }
    const tensors = new Map<string, Tensor>();
    for (const name of file.names()) tensors.set(name, await file.read(name));
    return { tensors, record };
  } finally {
    await file.close();
  }
}

function parseObject(json: string | undefined): Readonly<Record<string, unknown>> {
  const parsed: unknown = json === undefined ? null : JSON.parse(json);
  return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
}
