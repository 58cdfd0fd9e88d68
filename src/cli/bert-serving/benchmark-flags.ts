// The flags of bert-serving-benchmark: those of the server, and the experiments.
import { oneWord, wordList } from './flags/flag.js';
import { text, wholeNumber } from './flags/flag-words.js';
import { serverFlags } from './server-flags.js';

const group = 'benchmark';
const count = wholeNumber(1);
const twelveLayers = Array.from({ length: 12 }, (_, layer) => -layer - 1);

const experimentFlags = {
  test_client_batch_size: wordList(count, [1, 16, 256, 4096], {
    takes: 'any',
    names: ['test_client_batch_size'],
    group,
    help: 'texts of a request; nothing after the flag leaves the experiment out, as with all -test_ flags',
  }),
  test_max_batch_size: wordList(count, [8, 32, 128, 512], {
    takes: 'any',
    names: ['test_max_batch_size'],
    group,
    help: 'values of -max_batch_size',
  }),
  test_max_seq_len: wordList(wholeNumber(4), [32, 64, 128, 256], {
    takes: 'any',
    names: ['test_max_seq_len'],
    group,
    help: 'values of -max_seq_len; each text has as many words',
  }),
  test_num_client: wordList(count, [1, 4, 16, 64], {
    takes: 'any',
    names: ['test_num_client'],
    group,
    help: 'clients at a time',
  }),
  test_pooling_layer: wordList(wholeNumber(), twelveLayers, {
    takes: 'any',
    names: ['test_pooling_layer'],
    group,
    help: 'values of -pooling_layer, one layer each',
  }),
};

const runFlags = {
  client_batch_size: oneWord(count, 4096, {
    names: ['client_batch_size'],
    group,
    origin: 'polytag',
    help: 'texts of a request where another experiment runs; bert-as-service had 4096 throughout',
  }),
  num_client: oneWord(count, 1, {
    names: ['num_client'],
    group,
    origin: 'polytag',
    help: 'clients where another experiment runs; bert-as-service had 1 throughout',
  }),
  wait_till_ready: oneWord(count, 30, {
    names: ['wait_till_ready'],
    group,
    help: 'most seconds to wait for a server; it is measured as soon as it is ready',
  }),
  client_vocab_file: oneWord(text, 'README.md', {
    names: ['client_vocab_file'],
    group,
    help: "text whose words the requests are made of; without the flag, and without a README.md in this folder, polytag's own README",
  }),
  num_repeat: oneWord(wholeNumber(3), 10, {
    names: ['num_repeat'],
    group,
    help: 'requests of a client, above 2: the first two are not counted, since they warm up',
  }),
};

/** All of them, in the order of --help. */
export const benchmarkFlags = { ...serverFlags, ...experimentFlags, ...runFlags };
