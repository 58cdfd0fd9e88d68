// Says where polytag keeps what it can make again: extracted archives, converted models, encodings.
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

/** Environment variables by name, as `process.env` has them. */
export type Variables = Readonly<Record<string, string | undefined>>;

/**
 * The absolute path of polytag's own cache folder, which need not exist yet; all in it may be deleted.
 * `POLYTAG_CACHE`, else `XDG_CACHE_HOME/polytag`, else the system's custom: `~/.cache/polytag`,
 * `~/Library/Caches/polytag` (macOS) or `%LOCALAPPDATA%\polytag\Cache` (Windows). An empty variable
 * counts as unset, and so does a relative XDG_CACHE_HOME (XDG Base Directory Specification 0.8).
 *
 * Models from the Hugging Face hub lie elsewhere: in the cache that Python's huggingface_hub uses too.
 */
export function cacheFolder(
  variables: Variables = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  if (variables.POLYTAG_CACHE) {
    return resolve(variables.POLYTAG_CACHE);
  }
  if (variables.XDG_CACHE_HOME && isAbsolute(variables.XDG_CACHE_HOME)) {
    return join(variables.XDG_CACHE_HOME, 'polytag');
  }
  const home = homeFolder(variables, platform);
  if (platform === 'darwin') {
    return join(home, 'Library', 'Caches', 'polytag');
  }
  if (platform === 'win32') {
    return join(variables.LOCALAPPDATA ?? join(home, 'AppData', 'Local'), 'polytag', 'Cache');
  }
  return join(home, '.cache', 'polytag');
}

/** The user's home folder as `variables` give it, else as the system knows it. */
export function homeFolder(
  variables: Variables,
  platform: NodeJS.Platform = process.platform,
): string {
  const named = platform === 'win32' ? variables.USERPROFILE : variables.HOME;
  return named ? named : homedir();
}
