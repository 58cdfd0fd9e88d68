// Finds the models that come with the package.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// Two folders up from dist/weights/ (and from src/weights/) is the package, installed or cloned.
const modelsFolder = fileURLToPath(new URL('../../models/', import.meta.url));

/** Names of the bundled models, sorted; each is a reference that needs no network. */
export async function listBundledModels(): Promise<string[]> {
  const entries = await readdir(modelsFolder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .sort();
}

/**
 * The folder of the bundled model `name`, or null if there is none. The name is looked up in the list, so
 * that no text of the user's becomes a path.
 */
export async function findBundledModel(name: string): Promise<string | null> {
  const names = await listBundledModels();
  return names.includes(name) ? join(modelsFolder, name) : null;
}
