// Keeps what clients say about texts, for the next training: a row that is acknowledged is on the disk.
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import { acquireFolderLock, explainWriteFailure, type FolderLock } from '../../../data/index.js';
import { PolytagError, polytagError } from '../../../errors/index.js';
import { Refusal } from '../../http/refusal.js';
import { FeedbackFile } from './feedback-file.js';
import {
  csvFormat,
  type FeedbackFormat,
  type FeedbackRow,
  jsonLinesFormat,
} from './feedback-format.js';

/** Rows that wait for the disk at most. */
const mostWaiting = 1000;

export interface FeedbackOptions {
  /** Label columns, in this order: those of the model that is served. */
  readonly labels: readonly string[];
  /** A file of so many bytes gets a name with the time in it, and another begins. Default 64 MiB. */
  readonly fileBytes?: number | undefined;
  /** Bytes of all files together; beyond that feedback is refused, as nothing is deleted. Default 1 GiB. */
  readonly totalBytes?: number | undefined;
  /** Hears why the disk refused. */
  readonly onFailure?: ((error: unknown) => void) | undefined;
}

interface Waiting {
  readonly line: string;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** A table that grows: rows that come together are written and synced together. */
export class FeedbackStore {
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;
  #rows = 0;
  #refusedRows = 0;
  #rotatedBytes = 0;

  private constructor(
    private readonly path: string,
    private readonly format: FeedbackFormat,
    private readonly file: FeedbackFile,
    private readonly lock: FolderLock,
    private readonly options: FeedbackOptions,
  ) {}

  /**
   * Opens the file, and makes it where there is none; one with other columns gets another name. Until it is closed, no
   * other service may keep feedback there: each would overwrite what it takes for the end of the other's rows.
   * @param path ends with .csv or .jsonl
   * @throws PolytagError FEEDBACK_FILE_UNSUITABLE, DISK_FULL, WRITE_FORBIDDEN, WRITE_FAILED
   */
  static async open(path: string, options: FeedbackOptions): Promise<FeedbackStore> {
    const { labels } = options;
    const taken = labels.find((label) => ['id', 'time', 'text'].includes(label));
    if (taken !== undefined) {
      const problem = `the model has a label "${taken}", which is the name of a column there`;
      throw polytagError('FEEDBACK_FILE_UNSUITABLE', { file: path, problem });
    }
    const format = formatFor(path, labels);
    let lock: FolderLock | undefined;
    try {
      lock = await takeLock(path);
      const file = await FeedbackFile.open(path, format);
      const store = new FeedbackStore(path, format, file, lock, options);
      store.#rotatedBytes = await file.rotatedBytes();
      return store;
    } catch (error) {
      await lock?.release();
      throw await explainWriteFailure(error, path);
    }
  }

  get figures(): { readonly rows: number; readonly refusedRows: number; readonly bytes: number } {
    return {
      rows: this.#rows,
      refusedRows: this.#refusedRows,
      bytes: this.#rotatedBytes + this.file.bytes,
    };
  }

  /**
   * Appends a row. Resolves when it is on the disk.
   * @throws Refusal TOO_BUSY (disk full, bound reached, too many at once), REQUEST_INVALID (a label that the table
   *   does not have)
   */
  async add(row: FeedbackRow, time = new Date()): Promise<void> {
    for (const label of row.labels.keys()) {
      if (!this.options.labels.includes(label)) {
        throw new Refusal(
          'REQUEST_INVALID',
          'the feedback names a label that the model does not have',
        );
      }
    }
    const line = this.format.formatRow(row, time);
    try {
      await this.#queue(line);
      this.#rows += 1;
    } catch (error) {
      this.#refusedRows += 1;
      throw error;
    }
  }

  /** Waits for the rows under way and closes the file. */
  async close(): Promise<void> {
    await this.#writing;
    await this.file.close();
    await this.lock.release();
  }

  #queue(line: string): Promise<void> {
    if (this.#waiting.length >= mostWaiting) {
      return Promise.reject(new Refusal('TOO_BUSY', 'too much feedback at once; try again later'));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ line, resolve, reject });
      this.#writing ??= this.#writeAll();
    });
  }

  /** Never rejects. */
  async #writeAll(): Promise<void> {
    // What comes in this turn of the event loop goes into the same write.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const rows = this.#waiting;
      this.#waiting = [];
      try {
        await this.#write(rows.map(({ line }) => line).join(''));
        for (const { resolve } of rows) resolve();
      } catch (error) {
        const refusal = await this.#refusalFor(error);
        for (const { reject } of rows) reject(refusal);
      }
    }
    this.#writing = undefined;
  }

  async #write(lines: string): Promise<void> {
    const { fileBytes = 64 << 20, totalBytes = 1 << 30 } = this.options;
    const bytes = Buffer.byteLength(lines);
    if (this.#rotatedBytes + this.file.bytes + bytes > totalBytes) {
      throw new Refusal('TOO_BUSY', 'the room for feedback is used up; its owner has to make some');
    }
    const isEmpty = this.file.bytes <= Buffer.byteLength(this.format.header);
    if (!isEmpty && this.file.bytes + bytes > fileBytes) {
      const full = this.file.bytes;
      await this.file.rotate();
      this.#rotatedBytes += full;
    }
    await this.file.append(lines);
  }

  async #refusalFor(error: unknown): Promise<Refusal> {
    if (error instanceof Refusal) return error;
    this.options.onFailure?.(await explainWriteFailure(error, this.path));
    return new Refusal('TOO_BUSY', 'the feedback cannot be kept at the moment; try again later');
  }
}

/** @throws PolytagError FEEDBACK_FILE_UNSUITABLE where a living process has it; errors of the system */
async function takeLock(path: string): Promise<FolderLock> {
  // The lock would make the folder, which nobody asked for.
  await access(dirname(path));
  try {
    return await acquireFolderLock(path);
  } catch (error) {
    if (!(error instanceof PolytagError && error.code === 'RUN_LOCKED')) throw error;
    const problem = `another service keeps its feedback there (${error.message})`;
    throw polytagError('FEEDBACK_FILE_UNSUITABLE', { file: path, problem }, { cause: error });
  }
}

function formatFor(path: string, labels: readonly string[]): FeedbackFormat {
  if (/.\.csv$/i.test(path)) return csvFormat(labels);
  if (/.\.jsonl$/i.test(path)) return jsonLinesFormat(labels);
  throw polytagError('FEEDBACK_FILE_UNSUITABLE', {
    file: path,
    problem: 'its name should end with .csv or .jsonl',
  });
}
