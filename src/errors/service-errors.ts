// Errors of the services: what a client asked for, and how a service is started.
import { entry } from './entry.js';

export const serviceErrors = {
  REQUEST_INVALID: entry<{ problem: string }>(
    'A client asked a service for something that it cannot understand or does not take.',
    'Send what the message says is expected.',
    ({ problem }) => `the request cannot be answered: ${problem}`,
  ),
  SERVICE_CLOSING: entry(
    'A request came after the service had begun to end; those before it are still answered.',
    'Send it again when the service is back.',
    () => 'the service is closing and takes no more requests',
  ),
  PORT_UNAVAILABLE: entry<{ host: string; port: number; reason: string }>(
    'A service cannot listen at an address: another program does, or this one may not.',
    'Choose another port, or end the program that has it.',
    ({ host, port, reason }) => `cannot listen at ${host}, port ${port}: ${reason}`,
  ),
  FLAG_UNSUITABLE: entry<{ flag: string; problem: string }>(
    'A flag of bert-serving-start asks for something that the model cannot give.',
    'Change the flag as the message says, or serve another model; docs/bert-as-service.md explains every flag.',
    ({ flag, problem }) => `${flag} does not suit the model: ${problem}`,
  ),
  SERVER_NOT_FOUND: entry<{ address: string; reason: string }>(
    'No server listens where one was expected.',
    'Check that it still runs, its address, and its port for requests (the one of -port).',
    ({ address, reason }) => `nothing listens at ${address}: ${reason}`,
  ),
  SERVER_STILL_LISTENS: entry<{ address: string; milliseconds: number }>(
    'A server was asked to end and has not ended in time.',
    'It may still be answering what it has: wait, or give a longer -timeout. A server takes this from its own machine only, unless it was started with -allow_remote_termination.',
    ({ address, milliseconds }) =>
      `the server at ${address} still listens after ${milliseconds} ms`,
  ),
};
