// Errors of the client of the encoder service.
import { entry } from './entry.js';

export const clientErrors = {
  SERVICE_SILENT: entry<{ address: string; milliseconds: number }>(
    'An encoder service did not answer within the time that the client waits.',
    'Check that the service runs and that both ports are right; a larger timeout helps if it is only busy.',
    ({ address, milliseconds }) => `no answer from ${address} within ${milliseconds} ms`,
  ),
  SERVICE_REFUSED: entry<{ address: string; reason: string }>(
    'An encoder service refused a request and said why.',
    'Do what the reason asks for.',
    ({ address, reason }) => `${address} refused the request: ${reason}`,
  ),
};
