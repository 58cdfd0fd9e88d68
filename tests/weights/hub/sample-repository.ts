// A small encoder repository as the hub serves it, with a file too large for one network packet.
import type { HubEnvironment } from '../../../src/weights/hub/environment.js';
import type { HubServer, ServedRepository } from './hub-server.js';

export const commit = 'c1d2e3f4a5b60718293a4b5c6d7e8f9012345678';

/** 400,000 bytes that differ everywhere, so that a wrongly continued file cannot pass. */
export const weights = Buffer.from(
  Uint8Array.from({ length: 400_000 }, (_, index) => (index * 2654435761) >>> 24),
);

export const sample: ServedRepository = {
  id: 'acme/tiny-bert',
  commit,
  revisions: ['main', 'refs/pr/1'],
  files: {
    '.gitattributes': { bytes: Buffer.from('*.safetensors filter=lfs\n') },
    'README.md': { bytes: Buffer.from('# tiny\n') },
    'config.json': { bytes: Buffer.from('{"model_type":"bert"}\n') },
    'tokenizer_config.json': { bytes: Buffer.from('{"do_lower_case":true}\n') },
    'vocab.txt': { bytes: Buffer.from('[PAD]\n[UNK]\n') },
    'pytorch_model.bin': { bytes: Buffer.from('pickle'), large: true },
    'model.safetensors': { bytes: weights, large: true },
  },
};

/** What the environment variables would say, for `server`. */
export function environmentFor(
  server: HubServer,
  cacheFolder: string,
  changes: Partial<HubEnvironment> = {},
): HubEnvironment {
  return {
    endpoint: server.endpoint,
    cacheFolder,
    token: undefined,
    offline: false,
    symlinks: true,
    unusedProxy: null,
    answerTimeout: 5_000,
    silenceTimeout: 5_000,
    ...changes,
  };
}
