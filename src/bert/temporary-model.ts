// The file that worker threads load a model from: of this process alone, its weights mapped and shared by all workers.
import { createHash, randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { link, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GraphBuilder, writeModel } from '../graph/index.js';

/** The two files of a model: the graph, and its weights. */
export const modelFiles = { graph: 'model.onnx', weights: 'model.onnx.data' } as const;

const linkFolderPattern = /^\.in-use-([0-9a-f]{8})-(\d+)-[0-9a-f]{8}$/;

/** A folder of links is looked after by its process for as long as that lives; this long afterwards it is swept. */
const abandonedAfterMilliseconds = 24 * 3600 * 1000;

/**
 * A model in a folder of this process, weights apart from the graph so that ONNX Runtime maps them. Against
 * bytes handed to each worker this loaded four times as fast, and each worker after the first took 42
 * instead of 97 MB (6 layers of width 384).
 */
export class TemporaryModel {
  readonly #removeNow = (): void => {
    rmSync(this.folder, { recursive: true, force: true });
  };

  private constructor(private readonly folder: string) {
    process.on('exit', this.#removeNow);
  }

  /** Writes `graph`. */
  static async write(graph: GraphBuilder): Promise<TemporaryModel> {
    return TemporaryModel.fill(await mkdtemp(join(tmpdir(), 'polytag-model-')), (path) =>
      writeModel(graph, path, { externalAbove: 0, durable: false }),
    );
  }

  /**
   * Links the two files in the folder `entry` into a new folder in `root`, of the same file system: they
   * stay for as long as this process wants them, whoever removes or replaces `entry` meanwhile.
   */
  static async link(entry: string, root: string): Promise<TemporaryModel> {
    const unique = randomBytes(4).toString('hex');
    const folder = join(root, `.in-use-${hostTag()}-${process.pid}-${unique}`);
    await mkdir(folder);
    return TemporaryModel.fill(folder, async () => {
      for (const name of Object.values(modelFiles))
        await link(join(entry, name), join(folder, name));
    });
  }

  private static async fill(
    folder: string,
    produce: (path: string) => Promise<void>,
  ): Promise<TemporaryModel> {
    const model = new TemporaryModel(folder);
    try {
      await produce(model.path);
      return model;
    } catch (error) {
      await model.remove();
      throw error;
    }
  }

  /** Path of the graph. */
  get path(): string {
    return join(this.folder, modelFiles.graph);
  }

  /** Path of the weights. */
  get weightsPath(): string {
    return join(this.folder, modelFiles.weights);
  }

  /** Removes the files; also done when the process exits. */
  async remove(): Promise<void> {
    process.off('exit', this.#removeNow);
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Removes folders of links in `root` whose process, of this host, ended without doing so. Never throws. */
export async function sweepLinks(root: string): Promise<void> {
  for (const name of await readdir(root).catch(() => [])) {
    const match = linkFolderPattern.exec(name);
    if (match?.[1] !== hostTag() || isAlive(Number(match[2]))) continue;
    const folder = join(root, name);
    const made = await stat(folder).catch(() => null);
    // The age spares what belongs to a process of another container with this host's name.
    if (made === null || Date.now() - made.mtimeMs < abandonedAfterMilliseconds) continue;
    await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}

function hostTag(): string {
  return createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
}
