// Rewrites the floating-point tensors of a safetensors file as float16 and says what that changes; this is
// how the weights in models/ were made. Run after `npm run build`:
//   node scripts/halve-weights.mjs SOURCE.safetensors TARGET.safetensors
import { statSync } from 'node:fs';
import { float16ToFloat32, float32ToFloat16, toFloat32 } from '../dist/weights/float16.js';
import { openSafetensors } from '../dist/weights/safetensors/reader.js';
import { writeSafetensors } from '../dist/weights/safetensors/writer.js';

const [sourcePath, targetPath] = process.argv.slice(2);
if (targetPath === undefined) {
  console.error('usage: node scripts/halve-weights.mjs SOURCE.safetensors TARGET.safetensors');
  process.exit(2);
}

const largest = { change: 0, tensor: '', from: 0, to: 0 };

async function readHalved(source, name) {
  const tensor = await source.read(name);
  const single = toFloat32(tensor);
  if (single === null) return tensor;
  const halves = float32ToFloat16(single.data);
  float16ToFloat32(halves).forEach((to, index) => {
    const from = single.data[index];
    // Written so that a change to or from NaN and infinity counts too.
    if (!(Math.abs(to - from) <= largest.change)) {
      Object.assign(largest, { change: Math.abs(to - from), tensor: name, from, to });
    }
  });
  return { type: 'float16', shape: tensor.shape, data: halves };
}

const source = await openSafetensors(sourcePath);
const tensors = source.names().map((name) => {
  const { type, shape } = source.info(name);
  const read = () => readHalved(source, name);
  return { name, shape, read, type: /float/.test(type) ? 'float16' : type };
});
await writeSafetensors(targetPath, tensors, Object.fromEntries(source.metadata));
await source.close();
console.log(
  `${tensors.length} tensors; ${statSync(sourcePath).size} bytes became ${statSync(targetPath).size}; ` +
    `largest change of a weight: ${largest.change} (${largest.tensor}: ${largest.from} became ${largest.to})`,
);
