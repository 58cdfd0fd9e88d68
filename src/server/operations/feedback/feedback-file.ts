// One file of feedback, appended to: what was cut short by a crash is set aside, and a full file makes room.
import { access, type FileHandle, open, readdir, rename, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { FeedbackFormat } from './feedback-format.js';

/** Appends whole pieces or nothing. */
export class FeedbackFile {
  private constructor(
    private readonly path: string,
    private readonly format: FeedbackFormat,
    private handle: FileHandle,
    private size: number,
  ) {}

  /** Opens the file, or begins it. @throws errors of the system */
  static async open(path: string, format: FeedbackFormat): Promise<FeedbackFile> {
    let handle = await open(path, 'a+', 0o640);
    try {
      if (!(await hasHeader(handle, format))) {
        // Written for other labels: it keeps its rows, under another name.
        await handle.close();
        await rename(path, await freeName(path, format));
        handle = await open(path, 'a+', 0o640);
      }
      await setTornRowAside(path, handle, format);
      const file = new FeedbackFile(path, format, handle, (await handle.stat()).size);
      if (file.size === 0) await file.append(format.header);
      return file;
    } catch (error) {
      await handle.close().catch(() => undefined);
      throw error;
    }
  }

  get bytes(): number {
    return this.size;
  }

  /** Appends and syncs; after a failure the file is as it was. */
  async append(text: string): Promise<void> {
    const bytes = Buffer.from(text, 'utf8');
    try {
      for (let done = 0; done < bytes.length; ) {
        done += (await this.handle.write(bytes, done, bytes.length - done)).bytesWritten;
      }
      await this.handle.datasync();
      this.size += bytes.length;
    } catch (error) {
      await this.handle.truncate(this.size);
      throw error;
    }
  }

  /** Gives the file a name with the time in it, and begins another. */
  async rotate(): Promise<void> {
    const aside = await freeName(this.path, this.format);
    await rename(this.path, aside);
    const next = await open(this.path, 'a+', 0o640);
    await this.handle.close();
    this.handle = next;
    this.size = 0;
    await this.append(this.format.header);
  }

  /** Bytes of the files that were full. */
  async rotatedBytes(): Promise<number> {
    const stem = stemOf(this.path, this.format);
    const own = basename(this.path);
    let bytes = 0;
    for (const name of await readdir(dirname(this.path))) {
      const isRotated = name.startsWith(`${stem}-`) && name.endsWith(this.format.extension);
      if (isRotated && name !== own) bytes += (await stat(join(dirname(this.path), name))).size;
    }
    return bytes;
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}

function stemOf(path: string, { extension }: FeedbackFormat): string {
  return basename(path).slice(0, -extension.length);
}

/** A name with the time in it that no file has. */
async function freeName(path: string, format: FeedbackFormat): Promise<string> {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  for (let attempt = 1; ; attempt++) {
    const suffix = attempt === 1 ? '' : `-${attempt}`;
    const name = `${stemOf(path, format)}-${time}${suffix}${format.extension}`;
    const candidate = join(dirname(path), name);
    const isTaken = await access(candidate).then(
      () => true,
      () => false,
    );
    if (!isTaken) return candidate;
  }
}

async function hasHeader(handle: FileHandle, { header }: FeedbackFormat): Promise<boolean> {
  const wanted = Buffer.from(header, 'utf8');
  const { size } = await handle.stat();
  if (size === 0 || wanted.length === 0) return true;
  const found = Buffer.alloc(wanted.length);
  await handle.read(found, 0, found.length, 0);
  return found.equals(wanted);
}

/** A row that a crash cut short would spoil the row after it. Its bytes go to a file beside. */
async function setTornRowAside(
  path: string,
  handle: FileHandle,
  format: FeedbackFormat,
): Promise<void> {
  const { size } = await handle.stat();
  const end = await format.findEnd(handle);
  if (end === size) return;
  const torn = Buffer.alloc(size - end);
  await handle.read(torn, 0, torn.length, end);
  const beside = await open(`${path}.torn`, 'a', 0o640);
  try {
    await beside.write(torn);
    await beside.sync();
  } finally {
    await beside.close();
  }
  await handle.truncate(end);
}
