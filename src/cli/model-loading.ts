// What every command shows while a model is fetched and opened.
import type { DownloadProgress } from '../weights/index.js';
import type { CommandContext } from './command-run.js';

/** What --encoder is to a command that scores. */
export const serviceOption =
  'for a model that was trained on a running service: other addresses of it, tcp://HOST:PORT[/PORT_OUT],..';

/** What --no-blend is to a command that scores. */
export const withoutBlend =
  'score by the model alone where it is blended with its linear baseline; the thresholds are those of the blend';

/** Options of everything that takes a model's reference: progress of downloads, warnings, interruption. */
export function loadingOptions({ signal, progress }: CommandContext) {
  return {
    signal,
    onProgress: ({ repository, bytes, totalBytes }: DownloadProgress): void => {
      const phase = `downloading ${repository}`;
      progress.show({ phase, unit: 'bytes', done: bytes, total: totalBytes });
    },
    onWarning: (sentence: string): void => {
      progress.say(`warning: ${sentence}`);
    },
  };
}
