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
};
