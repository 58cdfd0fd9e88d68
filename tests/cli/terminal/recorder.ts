// A stream that remembers what was written to it, as a terminal or not.
import { Writable } from 'node:stream';

/** What a stream was sent, text by text. */
export class Recorder extends Writable {
  readonly written: string[] = [];

  constructor(
    readonly isTTY = false,
    readonly columns = 80,
  ) {
    super({ decodeStrings: false });
  }

  override _write(text: string, _encoding: BufferEncoding, done: () => void): void {
    this.written.push(text);
    done();
  }

  /** Everything, as one text. */
  get text(): string {
    return this.written.join('');
  }

  /** What stays visible: each line as it was last drawn. */
  get screen(): string[] {
    return this.text
      .split('\n')
      .map((line) => (line.split('\r').at(-1) ?? '').replace('\x1b[K', ''));
  }
}
