// Where written tables go: a file that appears when it is complete, or standard output.
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { AtomicFile } from './atomic-file.js';
import { explainWriteFailure, systemCode } from './write-failure.js';

/** A place to write bytes to, one call after the other. */
export interface Output {
  /** Whether nobody reads any more (`| head` has ended): what is written then is dropped silently. */
  readonly readerGone: boolean;
  write(bytes: Uint8Array): Promise<void>;
  /** Writes over bytes at `position`; only where `canPatch`. */
  patch(bytes: Uint8Array, position: number): Promise<void>;
  readonly canPatch: boolean;
  /** Completes the output; until then a file does not appear under its name. */
  commit(): Promise<void>;
  /** Forgets what was written, as far as that can be. */
  discard(): Promise<void>;
}

/**
 * Opens `path` for writing; `-` is standard output.
 *
 * @throws PolytagError DISK_FULL, WRITE_FORBIDDEN or WRITE_FAILED; so do the methods
 */
export async function openOutput(path: string): Promise<Output> {
  return path === '-' ? new StandardOutput() : new FileOutput(await AtomicFile.create(path));
}

class FileOutput implements Output {
  readonly readerGone = false;
  readonly canPatch: boolean;

  constructor(private readonly file: AtomicFile) {
    this.canPatch = file.isRegular;
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.file.write(bytes);
  }

  async patch(bytes: Uint8Array, position: number): Promise<void> {
    await this.file.write(bytes, position);
  }

  async commit(): Promise<void> {
    await this.file.commit();
  }

  async discard(): Promise<void> {
    await this.file.discard();
  }
}

class StandardOutput implements Output {
  readerGone = false;
  readonly canPatch = false;
  private failure: Error | null = null;

  constructor() {
    process.stdout.on('error', this.onError);
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.readerGone) {
      return;
    }
    // The callback comes when the bytes are out: a slow reader slows the writer.
    await new Promise<void>((resolve) => {
      process.stdout.write(bytes, (error) => {
        if (error) {
          this.onError(error);
        }
        resolve();
      });
    });
    if (this.failure !== null) {
      throw await explainWriteFailure(this.failure, 'standard output');
    }
  }

  patch(): Promise<void> {
    return Promise.reject(new Error('standard output cannot be written over'));
  }

  async commit(): Promise<void> {
    await this.discard();
  }

  discard(): Promise<void> {
    // A late EPIPE is still told after the last write; by then nobody needs to hear of it.
    setImmediate(() => process.stdout.off('error', this.onError));
    return Promise.resolve();
  }

  private readonly onError = (error: Error): void => {
    if (systemCode(error) === 'EPIPE' || systemCode(error) === 'ERR_STREAM_DESTROYED') {
      this.readerGone = true;
    } else {
      this.failure = error;
    }
  };
}

const compress = promisify(gzip);

/** Compresses each piece as a gzip member of its own; together they are an ordinary .gz file. */
export class GzipOutput implements Output {
  readonly canPatch = false;

  constructor(private readonly inner: Output) {}

  get readerGone(): boolean {
    return this.inner.readerGone;
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.inner.write(await compress(bytes));
  }

  patch(): Promise<void> {
    return Promise.reject(new Error('compressed output cannot be written over'));
  }

  async commit(): Promise<void> {
    await this.inner.commit();
  }

  async discard(): Promise<void> {
    await this.inner.discard();
  }
}
