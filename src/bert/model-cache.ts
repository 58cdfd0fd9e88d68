// Keeps written models, so that a large checkpoint is converted once and not at every start.
import { readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFolderAtomically } from '../data/index.js';
import { type GraphBuilder, writeModel } from '../graph/index.js';
import { hashFile } from '../weights/index.js';
import { modelFiles, sweepLinks, TemporaryModel } from './temporary-model.js';

/** Models that are kept: those used last. */
const keptModels = 4;

const recordName = 'record.json';
const keyPattern = /^[0-9a-f]{64}$/;

/** What a file had when it was written. */
interface FileRecord {
  readonly bytes: number;
  readonly sha256: string;
}

type ModelRecord = Readonly<Record<keyof typeof modelFiles, FileRecord>>;

/** A model of the cache, linked for this process. */
export interface CachedModel {
  readonly file: TemporaryModel;
  /** Whether the weights are those that were written, byte by byte; their size and the graph have been checked. */
  readonly isWhole: () => Promise<boolean>;
}

/**
 * Models in a folder, each a subfolder named by its key: the model and a record of its files' sizes and
 * SHA-256. Written atomically; the four used last are kept. Any number of processes may use one cache.
 */
export class ModelCache {
  constructor(private readonly root: string) {}

  /** The model of `key`; undefined if there is none, or none that fits its record. */
  async find(key: string): Promise<CachedModel | undefined> {
    const entry = join(this.root, key);
    const record = await readRecord(join(entry, recordName));
    if (record === undefined) return undefined;
    // Removed by another process this moment, or on a file system without links: as if it were not there.
    const file = await TemporaryModel.link(entry, this.root).catch(() => undefined);
    if (file === undefined) return undefined;
    if (
      (await hasSize(file.weightsPath, record.weights)) &&
      (await fits(file.path, record.graph))
    ) {
      const now = new Date();
      await utimes(join(entry, recordName), now, now).catch(() => undefined);
      return { file, isWhole: () => fits(file.weightsPath, record.weights) };
    }
    await file.remove();
    return undefined;
  }

  /**
   * Writes a model under `key`, in the place of any that is there, and forgets the ones used longest ago.
   * @throws PolytagError DISK_FULL, WRITE_FORBIDDEN or WRITE_FAILED
   */
  async store(key: string, graph: GraphBuilder): Promise<void> {
    const fill = async (folder: string): Promise<void> => {
      await writeModel(graph, join(folder, modelFiles.graph), { externalAbove: 0 });
      const record: ModelRecord = {
        graph: await describe(join(folder, modelFiles.graph)),
        weights: await describe(join(folder, modelFiles.weights)),
      };
      await writeFile(join(folder, recordName), JSON.stringify(record));
    };
    await writeFolderAtomically(join(this.root, key), fill, { overwrite: true });
    await this.forgetOldest();
  }

  private async forgetOldest(): Promise<void> {
    const names = await readdir(this.root).catch(() => []);
    const entries = await Promise.all(
      names
        .filter((name) => keyPattern.test(name))
        .map(async (name) => {
          const used = await stat(join(this.root, name, recordName)).catch(() => null);
          return { name, used: used?.mtimeMs ?? 0 };
        }),
    );
    entries.sort((left, right) => right.used - left.used);
    for (const { name } of entries.slice(keptModels)) {
      await rm(join(this.root, name), { recursive: true, force: true }).catch(() => undefined);
    }
    await sweepLinks(this.root);
  }
}

async function describe(file: string): Promise<FileRecord> {
  return { bytes: (await stat(file)).size, sha256: await hashFile(file) };
}

async function hasSize(file: string, { bytes }: FileRecord): Promise<boolean> {
  return (await stat(file).catch(() => null))?.size === bytes;
}

async function fits(file: string, record: FileRecord): Promise<boolean> {
  if (!(await hasSize(file, record))) return false;
  return (await hashFile(file).catch(() => null)) === record.sha256;
}

/** The record in a file; undefined if it is not there or damaged. */
async function readRecord(file: string): Promise<ModelRecord | undefined> {
  try {
    const record = JSON.parse(await readFile(file, 'utf8')) as Partial<ModelRecord> | null;
    const { graph, weights } = record ?? {};
    return isFileRecord(graph) && isFileRecord(weights) ? { graph, weights } : undefined;
  } catch {
    return undefined;
  }
}

function isFileRecord(record: FileRecord | undefined): record is FileRecord {
  return typeof record?.bytes === 'number' && typeof record.sha256 === 'string';
}
