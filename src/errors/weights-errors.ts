// Errors in checkpoints, safetensors files and references to models.
import { entry } from './entry.js';

export const weightsErrors = {
  REFERENCE_UNKNOWN: entry<{ reference: string; tried: string }>(
    'A model reference names neither a bundled model, nor a folder or .zip file, nor a hub id.',
    'Give a bundled name (all-MiniLM-L6-v2), the path of a folder or .zip, or a hub id such as owner/name.',
    ({ reference, tried }) => `cannot find the model "${reference}" (${tried})`,
  ),
};
