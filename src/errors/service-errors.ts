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
  MODEL_UNSERVABLE: entry<{ reference: string; problem: string }>(
    'A model was to be served that cannot be.',
    'Serve a model folder of polytag train that holds its encoder, or an encoder.',
    ({ reference, problem }) => `${reference} cannot be served: ${problem}`,
  ),
  LABEL_MAPPING_INVALID: entry<{ file: string; problem: string }>(
    'The file that maps labels to the categories of client dialects cannot be used.',
    'Write it as docs/serving.md shows: {"perspective": {"TOXICITY": "toxic"}, "openai": {"harassment": ["toxic", "insult"]}}.',
    ({ file, problem }) => `the label mapping ${file} cannot be used: ${problem}`,
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
  API_KEYS_INVALID: entry<{ file: string; line: number; problem: string }>(
    'A file of API keys has a line that is none, or no keys at all.',
    'Write one key a line, as `NAME SHA256 [admin] [rate=N/s]`; `polytag serve --new-api-key NAME` prints a key and its line.',
    ({ file, line, problem }) =>
      line > 0 ? `${file}, line ${line}: ${problem}` : `the file of API keys ${file} ${problem}`,
  ),
  EXPOSED_WITHOUT_KEYS: entry<{ host: string }>(
    'A service would listen where other machines reach it, and nobody would need a key.',
    'Give `--api-key-file FILE` (see docs/operations.md), listen at 127.0.0.1 only, or say `--insecure` where something else keeps strangers out.',
    ({ host }) => `refusing to listen at ${host} without API keys: other machines can reach it`,
  ),
  FEEDBACK_FILE_UNSUITABLE: entry<{ file: string; problem: string }>(
    'The file that a service should append feedback to cannot be used for it.',
    'Name a .csv or .jsonl file of its own in a folder that the service may write to.',
    ({ file, problem }) => `cannot keep feedback in ${file}: ${problem}`,
  ),
};
