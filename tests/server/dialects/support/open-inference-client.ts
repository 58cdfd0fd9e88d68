// A client of the Open Inference Protocol v2 with Triton's binary data, written after their specifications alone.
import { ask, type Answer } from './dialect-server.js';

interface OutputTensor {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly data: readonly unknown[];
}

export interface Inference {
  readonly model_name: string;
  readonly model_version: string;
  readonly id?: string;
  readonly outputs: readonly OutputTensor[];
}

const lengthHeader = 'Inference-Header-Content-Length';

/** A BYTES tensor's bytes: each element's length in four bytes, little-endian, and the element. */
export function packStrings(strings: readonly (string | Uint8Array)[]): Buffer {
  return Buffer.concat(
    strings.flatMap((string) => {
      const element = Buffer.from(string);
      const length = Buffer.alloc(4);
      length.writeUInt32LE(element.length);
      return [length, element];
    }),
  );
}

function unpack(datatype: string, bytes: Buffer): unknown[] {
  if (datatype === 'FP32') {
    return Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(4 * index));
  }
  if (datatype === 'BOOL') return Array.from(bytes, (byte) => byte === 1);
  const strings: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 4 + bytes.readUInt32LE(at);
    strings.push(bytes.toString('utf8', at + 4, end));
    at = end;
  }
  return strings;
}

/** Sends `json` and, after it, `binary`; reads the answer, whether its tensors are JSON or bytes. */
export async function infer(
  url: string,
  json: object,
  binary?: Buffer,
): Promise<{ status: number; inference: Inference }> {
  const head = Buffer.from(JSON.stringify(json));
  const response = await fetch(url, {
    method: 'POST',
    body: new Uint8Array(binary === undefined ? head : Buffer.concat([head, binary])),
    // A body of bytes goes out without a Content-Type, as Triton's Python client sends it.
    headers: binary === undefined ? {} : { [lengthHeader]: String(head.length) },
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  const header = response.headers.get(lengthHeader);
  const length = header === null ? bytes.length : Number(header);
  const inference = JSON.parse(bytes.toString('utf8', 0, length)) as Inference;
  let at = length;
  const outputs = inference.outputs.map((output) => {
    const size = output.parameters?.binary_data_size;
    if (typeof size !== 'number') return output;
    at += size;
    return { ...output, data: unpack(output.datatype, bytes.subarray(at - size, at)) };
  });
  return { status: response.status, inference: { ...inference, outputs } };
}

/** For requests that are refused: sends any bytes. */
export function sendBytes(
  url: string,
  body: Buffer | string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const bytes = typeof body === 'string' ? body : new Uint8Array(body);
  return ask(url, undefined, { method: 'POST', body: bytes, headers });
}
