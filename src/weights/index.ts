// Named tensors from checkpoints and safetensors files, and references to models as local folders.
export { listBundledModels } from './bundled-models.js';
export { cacheFolder } from './cache-folder.js';
export { convertToHuggingFaceFolder } from './conversion/conversion.js';
export { tokenizerFiles } from './conversion/tokenizer-files.js';
export { float32ToFloat16, toFloat32 } from './float16.js';
export { hashFile } from './folder/content-key.js';
export { type FolderOptions, type ModelFolder, openModelFolder } from './folder/model-folder.js';
export { inferLowerCase, readVocabulary } from './folder/vocabulary.js';
export type { DownloadProgress } from './hub/snapshot.js';
export { readJsonFile } from './json-file.js';
export type { JsonObject, JsonValue } from './json-reader.js';
export { type ResolveOptions, resolveReference } from './reference.js';
export { openSafetensors } from './safetensors/reader.js';
export { writeSafetensors } from './safetensors/writer.js';
export type { TensorSource } from './tensor-source.js';
