// The flags of bert-serving-start: those of bert-as-service 1.10 under their names, and a few of our own.
import { oneWord, onOff, wordList } from './flags/flag.js';
import { sequenceLength, share, text, wholeNumber } from './flags/flag-words.js';
import { readStrategy, strategyOf } from './pooling-strategies.js';

const files = 'files';
const model = 'model';
const service = 'service';
const machine = 'machine';
const general = 'log';

const port = wholeNumber(0, 65_535);
const count = wholeNumber(1);

const fileFlags = {
  model_dir: oneWord(text, '', {
    names: ['model_dir'],
    group: files,
    isRequired: true,
    help: 'the model: a folder as Google ships BERT (bert_config.json, vocab.txt, bert_model.ckpt.*) or as Hugging Face does, a .zip of either, a bundled name (all-MiniLM-L6-v2), or a hub id (owner/name)',
  }),
  tuned_model_dir: oneWord(text, null, {
    names: ['tuned_model_dir'],
    group: files,
    help: 'folder of a fine-tuned TensorFlow checkpoint, whose weights replace those of -model_dir; configuration and vocabulary stay those of -model_dir',
  }),
  ckpt_name: oneWord(text, 'bert_model.ckpt', {
    names: ['ckpt_name'],
    group: files,
    help: 'name of the TensorFlow checkpoint in its folder, such as model.ckpt-1000 for a fine-tuned one',
  }),
  config_name: oneWord(text, 'bert_config.json', {
    names: ['config_name'],
    group: files,
    help: 'name of the configuration in -model_dir',
  }),
  graph_tmp_dir: oneWord(text, null, {
    names: ['graph_tmp_dir'],
    group: files,
    help: 'folder for the frozen TensorFlow graph',
    noEffect: 'there is no TensorFlow graph to freeze',
  }),
};

const modelFlags = {
  max_seq_len: oneWord(sequenceLength, 25, {
    names: ['max_seq_len'],
    group: model,
    help: "most tokens of a sequence, [CLS] and [SEP] included; longer ones are cut on the right, and counted. Above 3, up to the model's positions (512 for most). NONE: no limit but these",
  }),
  do_lower_case: onOff(
    {
      names: ['cased_tokenization'],
      group: model,
      help: "keep upper case and accents, for cased models. Without it a model in Google's layout gets lower-cased texts; one with a tokenizer's files is treated as these say",
    },
    { stored: false },
  ),
  pooling_layer: wordList(wholeNumber(-10_000, 10_000), [-2], {
    takes: 'some',
    names: ['pooling_layer'],
    group: model,
    help: 'layers whose vectors are pooled, several side by side: -1 the last, -2 the one before; from the front 0 is the first layer, 1 the second',
  }),
  pooling_strategy: oneWord(readStrategy, strategyOf(2), {
    names: ['pooling_strategy'],
    group: model,
    defaultText: 'REDUCE_MEAN',
    help: 'how the vectors of tokens become one: NONE (0, every token keeps its own), REDUCE_MAX (1), REDUCE_MEAN (2), REDUCE_MEAN_MAX (3, both side by side), FIRST_TOKEN or CLS_TOKEN (4), LAST_TOKEN or SEP_TOKEN (5), CLS_POOLED (6), CLASSIFICATION (7, probabilities of a fine-tuned head), REGRESSION (8, its one number); by name or number',
  }),
  mask_cls_sep: onOff({
    names: ['mask_cls_sep'],
    group: model,
    help: 'leave [CLS] and [SEP] out of attention and pooling',
  }),
  no_special_token: onOff({
    names: ['no_special_token'],
    group: model,
    help: 'put neither [CLS] nor [SEP] around texts that come as tokens (is_tokenized=True)',
  }),
  show_tokens_to_client: onOff({
    names: ['show_tokens_to_client'],
    group: model,
    help: 'send the tokens with the vectors, for encode(show_tokens=True)',
  }),
  no_position_embeddings: onOff({
    names: ['no_position_embeddings'],
    group: model,
    help: 'leave the position embeddings out, so that the order of tokens does not count',
  }),
  num_labels: oneWord(count, null, {
    names: ['num_labels'],
    group: model,
    defaultText: 'as many as the model has',
    help: 'labels of the head, for CLASSIFICATION: refused when the model has another number (2 by default in bert-as-service)',
  }),
  fixed_embed_length: onOff({
    names: ['fixed_embed_length'],
    group: model,
    help: "with -max_seq_len NONE and -pooling_strategy NONE: give vectors for all of the model's positions, not for the longest text of a request, so that all results have one shape",
  }),
};

const serviceFlags = {
  port: oneWord(port, 5555, {
    names: ['port', 'port_in', 'port_data'],
    group: service,
    help: 'port for requests; 0 takes one that is free, and says which',
  }),
  port_out: oneWord(port, 5556, {
    names: ['port_out', 'port_result'],
    group: service,
    help: 'port for results; 0 takes one that is free',
  }),
  http_port: oneWord(port, null, {
    names: ['http_port'],
    group: service,
    defaultText: 'none',
    help: 'port for HTTP: POST /encode, GET /status/server, /status/client, /health, /openapi.json and a dashboard at /; 0 takes one that is free',
  }),
  http_max_connect: oneWord(count, 10, {
    names: ['http_max_connect'],
    group: service,
    help: 'HTTP connections at a time',
  }),
  cors: oneWord(text, '*', {
    names: ['cors'],
    group: service,
    help: 'origins whose pages may call HTTP: * for all, or a list with commas',
  }),
  host: oneWord(text, '127.0.0.1', {
    names: ['host'],
    group: service,
    origin: 'polytag',
    help: "address to listen at. bert-as-service listened on all of the machine's, for everybody who reaches it: that is -host 0.0.0.0",
  }),
  allow_remote_termination: onOff({
    names: ['allow_remote_termination'],
    group: service,
    origin: 'polytag',
    help: 'let clients on other machines end the service, as bert-as-service did',
  }),
  max_message_mb: oneWord(wholeNumber(1, 1024), 64, {
    names: ['max_message_mb'],
    group: service,
    origin: 'polytag',
    help: 'most MiB of one request; larger ones are refused',
  }),
};

const machineFlags = {
  num_worker: oneWord(wholeNumber(1, 1024), null, {
    names: ['num_worker'],
    group: machine,
    defaultText: 'one a core',
    help: 'threads that encode; bert-as-service had processes, 1 of them by default',
  }),
  max_batch_size: oneWord(count, 256, {
    names: ['max_batch_size'],
    group: machine,
    help: 'most texts that a worker encodes at once; texts of all clients share batches, sorted by length',
  }),
  priority_batch_size: oneWord(wholeNumber(0), 16, {
    names: ['priority_batch_size'],
    group: machine,
    help: 'requests of at most so many texts go before larger ones',
  }),
  cpu: onOff({
    names: ['cpu'],
    group: machine,
    help: 'compute on the CPU, which polytag always does',
  }),
  xla: onOff({
    names: ['xla'],
    group: machine,
    help: "TensorFlow's compiler",
    noEffect: 'ONNX Runtime computes here, and optimizes the graph by itself',
  }),
  fp16: onOff({
    names: ['fp16'],
    group: machine,
    help: 'half precision',
    noEffect: 'CPUs compute in 32 bits, and the vectors come in 32 bits',
  }),
  gpu_memory_fraction: oneWord(share, 0.5, {
    names: ['gpu_memory_fraction'],
    group: machine,
    help: 'share of the memory of a GPU',
    noEffect: 'no GPU is used',
  }),
  device_map: wordList(wholeNumber(), [], {
    takes: 'some',
    names: ['device_map'],
    group: machine,
    defaultText: 'none',
    help: 'GPUs to use',
    noEffect: 'no GPU is used',
  }),
  prefetch_size: oneWord(wholeNumber(), 10, {
    names: ['prefetch_size'],
    group: machine,
    help: 'batches that a worker fetches ahead',
    noEffect: 'workers are given a batch when they are free',
  }),
};

const logFlags = {
  verbose: onOff({
    names: ['verbose'],
    group: general,
    help: 'log each request, not only what fails',
  }),
};

/** All of them, in the order of --help. */
export const serverFlags = {
  ...fileFlags,
  ...modelFlags,
  ...serviceFlags,
  ...machineFlags,
  ...logFlags,
};
