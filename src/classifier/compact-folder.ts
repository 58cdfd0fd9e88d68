// Writes a trained model in little room, to be shipped: its weights once, in half precision, and no ONNX files, which are made where it is loaded.
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { polytagError } from '../errors/index.js';
import type { Tensor } from '../graph/index.js';
import {
  float32ToFloat16,
  openSafetensors,
  toFloat32,
  writeSafetensors,
} from '../weights/index.js';
import { modelCard } from './model-card.js';
import { modelFiles } from './model-file.js';
import { fileNames, type FileRecord, type ModelRecord, recordFormats } from './model-record.js';
import { sealJson } from './sealed-json.js';
import { hashFile, type TrainedFolder } from './trained-folder.js';

const leftOut: ReadonlySet<string> = new Set(Object.values(modelFiles));
const writtenAnew: ReadonlySet<string> = new Set([fileNames.weights, fileNames.card]);

/**
 * Fills `out` with the compact form of a model, and says what it is. Rounding to half precision (one part in 2,000) changes scores in the third
 * digit at most; thresholds and figures stay those of the original.
 *
 * @throws PolytagError OPTION_INVALID for a model whose encoder is a service; those of reading and writing
 */
export async function fillCompactFolder(
  { folder, record }: TrainedFolder,
  out: string,
): Promise<ModelRecord> {
  if (record.encoder.service !== undefined) {
    const expected = 'a model that holds its encoder; of this one there is only the head';
    throw polytagError('OPTION_INVALID', { option: 'compact', value: folder, expected });
  }
  const kept = record.files.map(({ path }) => path).filter((path) => !leftOut.has(path));
  for (const path of [fileNames.training, ...kept]) {
    if (writtenAnew.has(path)) continue;
    await mkdir(dirname(join(out, path)), { recursive: true });
    await copyFile(join(folder, path), join(out, path));
  }
  await writeHalfWeights(join(folder, fileNames.weights), join(out, fileNames.weights));
  const described = { ...record, format: recordFormats.compact };
  await writeFile(join(out, fileNames.card), modelCard(described));
  const files: FileRecord[] = [];
  for (const path of kept) files.push({ path, sha256: await hashFile(out, path) });
  const compact: ModelRecord = { ...described, files };
  await writeFile(join(out, fileNames.record), sealJson({ ...compact }));
  return compact;
}

/** Every tensor of real numbers in float16; the head, a small part that decides, as it is. */
async function writeHalfWeights(from: string, to: string): Promise<void> {
  const source = await openSafetensors(from);
  try {
    const tensors = source.names().map((name) => {
      const { type, shape } = source.info(name);
      const isHead = name.startsWith('classifier.');
      if (isHead || type === 'float16') {
        return { name, type, shape, read: () => source.read(name) };
      }
      return {
        name,
        shape,
        type: 'float16' as const,
        read: async () => inHalf(await source.read(name)),
      };
    });
    await writeSafetensors(to, tensors);
  } finally {
    await source.close();
  }
}

function inHalf(tensor: Tensor): Tensor {
  const single = toFloat32(tensor);
  if (single === null) throw new TypeError(`an encoder of ${tensor.type}`);
  return { type: 'float16', shape: tensor.shape, data: float32ToFloat16(single.data) };
}
