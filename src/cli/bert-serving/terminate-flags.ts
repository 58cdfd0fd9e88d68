// The flags of bert-serving-terminate.
import { oneWord } from './flags/flag.js';
import { text, wholeNumber } from './flags/flag-words.js';

export const terminateFlags = {
  ip: oneWord(text, 'localhost', {
    names: ['ip'],
    group: 'server',
    help: 'the address that the server listens at',
  }),
  port: oneWord(wholeNumber(1, 65_535), 0, {
    names: ['port', 'port_in', 'port_data'],
    group: 'server',
    isRequired: true,
    help: 'its port for requests',
  }),
  timeout: oneWord(wholeNumber(0), 5000, {
    names: ['timeout'],
    group: 'server',
    help: 'milliseconds to wait for a connection, and then for the server to end',
  }),
};
