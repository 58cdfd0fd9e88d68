// Appends lines to a file or a stream's descriptor without ever holding the service up, or the memory.
import { close, closeSync, openSync, write } from 'node:fs';
import { promisify } from 'node:util';
import { explainWriteFailure } from '../../../data/index.js';

/** Bytes of lines that wait to be written; what comes beyond is counted and left out. */
const mostWaitingBytes = 1 << 20;
/** A pipe whose reader is slow says "try again": so many milliseconds later. */
const retryMilliseconds = 20;

/** Writes as much as fits. @returns bytes written */
type WriteBytes = (bytes: Uint8Array) => Promise<number>;

export interface LineOutputOptions {
  /** In the place of the descriptor, for tests. */
  readonly write?: WriteBytes | undefined;
  readonly mostWaitingBytes?: number | undefined;
  /** Made into a line, when there is room again. */
  readonly describeDropped?: ((lines: number) => string) | undefined;
}

const writeAt = promisify(write);

/**
 * One writer of lines. A write happens in a thread of its own, so that a reader who has stopped reading stops
 * nobody else; the lines that come in the meantime go out together.
 */
export class LineOutput {
  #descriptor: number;
  readonly #path: string | undefined;
  readonly #options: LineOutputOptions;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #dropped = 0;
  #untoldDropped = 0;
  #failure: string | undefined;
  #writing: Promise<void> | undefined;
  #isClosed = false;

  private constructor(descriptor: number, path: string | undefined, options: LineOutputOptions) {
    this.#descriptor = descriptor;
    this.#path = path;
    this.#options = options;
  }

  /** To an open descriptor, such as 2 for standard error. It stays open. */
  static toDescriptor(descriptor: number, options: LineOutputOptions = {}): LineOutput {
    return new LineOutput(descriptor, undefined, options);
  }

  /**
   * To the end of a file, which is made where there is none, for its owner and group alone.
   * @throws PolytagError WRITE_FORBIDDEN, WRITE_FAILED
   */
  static async toFile(path: string, options: LineOutputOptions = {}): Promise<LineOutput> {
    return new LineOutput(await openForLines(path), path, options);
  }

  /** Lines left out since the start: the writing was slower than the service, or failed. */
  get droppedLines(): number {
    return this.#dropped;
  }

  /** Why the last write failed, in the system's words; undefined after one that did not. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** @param line without its end; a line break in it would be a line of its own, and is written as a blank */
  write(line: string): void {
    if (this.#isClosed) return;
    const bytes = Buffer.from(`${line.replace(/[\r\n\u2028\u2029]/g, ' ')}\n`, 'utf8');
    const most = this.#options.mostWaitingBytes ?? mostWaitingBytes;
    if (this.#waitingBytes + bytes.length > most) {
      this.#drop(1);
      return;
    }
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    this.#writing ??= this.#writeAll();
  }

  /** Opens the file anew, after a rotation has given its name to another; does nothing for a descriptor. */
  async reopen(): Promise<void> {
    if (this.#path === undefined) return;
    const opened = await openForLines(this.#path);
    const before = this.#descriptor;
    this.#descriptor = opened;
    // A write may still be at the old one.
    await this.#writing;
    await promisify(close)(before);
  }

  /** Writes what waits, for `graceMilliseconds` at most (default 1,000), and closes the file. */
  async close(graceMilliseconds = 1000): Promise<void> {
    this.#isClosed = true;
    const { promise, resolve } = timer(graceMilliseconds);
    await Promise.race([this.#writing, promise]);
    resolve();
    if (this.#path !== undefined && this.#writing === undefined) closeSync(this.#descriptor);
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const lines = this.#waiting.length;
      const bytes = Buffer.concat(this.#waiting);
      // Counted as waiting until they are written: otherwise twice the bound could be held.
      this.#waiting = [];
      if (!(await this.#writeBytes(bytes))) this.#drop(lines);
      this.#waitingBytes -= bytes.length;
      this.#tellDropped();
    }
    this.#writing = undefined;
  }

  async #writeBytes(bytes: Uint8Array): Promise<boolean> {
    for (let done = 0; done < bytes.length; ) {
      try {
        done += await this.#writeSome(bytes.subarray(done));
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
        if (code !== 'EAGAIN') {
          this.#failure = code;
          return false;
        }
        const { promise } = timer(retryMilliseconds);
        await promise;
      }
    }
    this.#failure = undefined;
    return true;
  }

  async #writeSome(bytes: Uint8Array): Promise<number> {
    if (this.#options.write !== undefined) return this.#options.write(bytes);
    return (await writeAt(this.#descriptor, bytes)).bytesWritten;
  }

  #drop(lines: number): void {
    this.#dropped += lines;
    this.#untoldDropped += lines;
  }

  #tellDropped(): void {
    const { describeDropped } = this.#options;
    if (this.#untoldDropped === 0 || this.#failure !== undefined || describeDropped === undefined) {
      return;
    }
    const bytes = Buffer.from(`${describeDropped(this.#untoldDropped)}\n`, 'utf8');
    this.#untoldDropped = 0;
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
  }
}

async function openForLines(path: string): Promise<number> {
  try {
    return openSync(path, 'a', 0o640);
  } catch (error) {
    throw await explainWriteFailure(error, path);
  }
}

function timer(milliseconds: number): { promise: Promise<void>; resolve: () => void } {
  let end = (): void => undefined;
  const promise = new Promise<void>((resolve) => {
    const timeout = setTimeout(resolve, milliseconds);
    end = () => {
      clearTimeout(timeout);
      resolve();
    };
  });
  return {
    promise,
    resolve: () => {
      end();
    },
  };
}
