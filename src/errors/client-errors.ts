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
  SERVICE_REPLY_INVALID: entry<{ address: string; problem: string }>(
    'An encoder service answered something that is no reply of bert-as-service 1.10.',
    'Check that both ports belong to one service that speaks its protocol.',
    ({ address, problem }) => `the answer from ${address} cannot be read: ${problem}`,
  ),
  SERVICE_VERSION: entry<{ address: string; version: string; expected: string }>(
    'An encoder service speaks another version of the protocol than the client.',
    'Use a service of the expected version, or switch the check off (`checkVersion: false`).',
    ({ address, version, expected }) =>
      `${address} has version ${version}; the client expects ${expected}`,
  ),
  SERVICE_LOST: entry<{ address: string; times: number }>(
    'The connection to an encoder service broke again and again while it worked on one request.',
    'Look into the log of the service: the request, or the network, may be what ends it.',
    ({ address, times }) =>
      `the connection to ${address} broke ${times} times before it answered the request`,
  ),
  CLIENT_CLOSED: entry<{ address: string }>(
    'A client of an encoder service was closed before its requests were answered, or used after that.',
    'Close the client when its requests are answered; connect another one to ask again.',
    ({ address }) => `the client of ${address} is closed`,
  ),
  ZEROMQ_UNAVAILABLE: entry<{ reason: string }>(
    'The native part of the package zeromq cannot be loaded on this machine.',
    'Install again on this machine (`npm ci`), as the native part differs between platforms; HTTP needs none.',
    ({ reason }) => `the package zeromq cannot be loaded: ${reason}`,
  ),
};
