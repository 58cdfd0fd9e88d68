// That each flag of bert-serving-start has its effect, or says in a line that it has none.
import { describe, expect, it } from 'vitest';
import { parseFlags } from '../../../src/cli/bert-serving/flags/flag-parser.js';
import { serverFlags } from '../../../src/cli/bert-serving/server-flags.js';
import {
  completeValues,
  encoderOptionsOf,
  refuseContradictions,
  remarksOn,
  serverOptionsOf,
} from '../../../src/cli/bert-serving/server-settings.js';

function parse(line: string) {
  const words = line.split(' ').filter((word) => word !== '');
  const parsed = parseFlags(serverFlags, ['-model_dir', 'm', ...words]);
  if (parsed.kind !== 'values') throw new Error(`got ${parsed.kind}`);
  return parsed;
}

function encoderOptions(line: string) {
  const { values, given } = parse(line);
  return encoderOptionsOf(values, given);
}

function remarks(line: string): string[] {
  const { values, given } = parse(`-host 127.0.0.1 ${line}`);
  return remarksOn(values, given);
}

describe('how the encoder is loaded', () => {
  it('is as bert-as-service does without flags', () => {
    expect(encoderOptions('')).toEqual({
      pooling: 'mean',
      maxLength: 25,
      oddToFirst: true,
      maskSpecialTokens: false,
      addSpecialTokens: true,
      positionEmbeddings: true,
      workers: undefined,
      maxRows: 256,
      checkpointName: undefined,
      configName: undefined,
      tunedFolder: undefined,
    });
  });

  it.each([
    ['-max_seq_len 50', { maxLength: 50 }],
    ['-max_seq_len NONE', { maxLength: undefined }],
    ['-pooling_strategy NONE', { pooling: 'none' }],
    ['-pooling_strategy REDUCE_MAX', { pooling: 'max' }],
    ['-pooling_strategy REDUCE_MEAN_MAX', { pooling: 'mean_max' }],
    ['-pooling_strategy CLS_TOKEN', { pooling: 'first' }],
    ['-pooling_strategy SEP_TOKEN', { pooling: 'last' }],
    ['-pooling_strategy CLS_POOLED', { pooling: 'pooler' }],
    ['-pooling_strategy CLASSIFICATION', { pooling: 'classification' }],
    ['-pooling_strategy REGRESSION', { pooling: 'regression' }],
    ['-mask_cls_sep', { maskSpecialTokens: true }],
    ['-no_special_token', { addSpecialTokens: false }],
    ['-no_position_embeddings', { positionEmbeddings: false }],
    ['-num_worker=2', { workers: 2 }],
    ['-max_batch_size 8', { maxRows: 8 }],
    ['-ckpt_name model.ckpt-7', { checkpointName: 'model.ckpt-7' }],
    ['-config_name other.json', { configName: 'other.json' }],
    ['-tuned_model_dir tuned', { tunedFolder: 'tuned' }],
  ])('%s', (line, expected) => {
    expect(encoderOptions(line)).toMatchObject(expected);
    for (const [name, value] of Object.entries(expected)) {
      expect(encoderOptions('')[name as keyof typeof expected]).not.toEqual(value);
    }
  });
});

describe('how the server is started', () => {
  it.each([
    ['', { host: '127.0.0.1', port: 5555, portOut: 5556, httpPort: null, maxSeqLen: 25 }],
    ['-host 0.0.0.0', { host: '0.0.0.0' }],
    ['-port_data 1 -port_result=2 -http_port 3', { port: 1, portOut: 2, httpPort: 3 }],
    ['-http_max_connect 3 -cors https://a.org', { httpMaxConnect: 3, cors: 'https://a.org' }],
    ['-max_seq_len NONE -fixed_embed_length', { maxSeqLen: null, fixedEmbedLength: true }],
    ['-show_tokens_to_client', { showTokensToClient: true }],
    ['-priority_batch_size 4', { priorityBatchSize: 4 }],
    ['-allow_remote_termination', { allowRemoteTermination: true }],
    ['-max_message_mb 2', { maxMessageBytes: 2_097_152 }],
  ])('%j', (line, expected) => {
    expect(serverOptionsOf(parse(line).values)).toMatchObject(expected);
  });

  it('shows every flag of bert-as-service in the status, the strategy by its number', async () => {
    const values = await completeValues(parse('-pooling_strategy SEP_TOKEN').values);
    const { flags } = serverOptionsOf(values);
    expect(flags).toMatchObject({
      model_dir: 'm',
      pooling_strategy: 5,
      pooling_layer: [-2],
      do_lower_case: true,
      device_map: [],
      gpu_memory_fraction: 0.5,
      http_port: null,
    });
    expect(flags.num_worker).toBeGreaterThan(0);
    expect(Object.keys(flags).sort()).toEqual(Object.keys(serverFlags).sort());
  });
});

describe('a flag without effect', () => {
  it.each([
    ['-xla', /^-xla has no effect: ONNX Runtime/],
    ['-fp16', /^-fp16 has no effect: CPUs compute in 32 bits/],
    ['-gpu_memory_fraction 0.3', /^-gpu_memory_fraction has no effect: no GPU/],
    ['-device_map 0 1', /^-device_map has no effect: no GPU/],
    ['-graph_tmp_dir /tmp', /^-graph_tmp_dir has no effect: there is no TensorFlow graph/],
    ['-prefetch_size 3', /^-prefetch_size has no effect/],
    ['-pooling_strategy CLS_POOLED -pooling_layer -1', /^-pooling_layer has no effect: CLS_POOLED/],
    ['-num_labels 2', /^-num_labels has no effect: REDUCE_MEAN has no labels/],
    ['-fixed_embed_length -max_seq_len NONE', /^-fixed_embed_length has no effect: REDUCE_MEAN/],
    ['-fixed_embed_length -pooling_strategy NONE', /^-fixed_embed_length .* -max_seq_len 25/],
    ['-http_max_connect 3', /^-http_max_connect has no effect: there is no HTTP/],
    ['-cors *', /^-cors has no effect: there is no HTTP/],
    ['-allow_remote_termination', /^-allow_remote_termination has no effect: no other machine/],
  ])('%s says so in one line', (line, expected) => {
    const said = remarks(line);
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(expected);
  });

  it('says nothing of what is not given, nor of -cpu, nor of flags that have their effect', () => {
    expect(remarks('')).toEqual([]);
    expect(remarks('-cpu -verbose -mask_cls_sep -num_worker 3 -http_port 1 -cors a')).toEqual([]);
    expect(remarks('-fixed_embed_length -max_seq_len NONE -pooling_strategy NONE')).toEqual([]);
    expect(remarks('-pooling_strategy CLASSIFICATION -num_labels 3')).toEqual([]);
  });

  it('says who is let in when nobody said it', () => {
    const { values, given } = parse('');
    expect(remarksOn(values, given)).toEqual([
      'listening for this machine only (bert-as-service listened for all: that is -host 0.0.0.0)',
    ]);
  });
});

describe('flags that contradict each other', () => {
  it.each([
    ['-port 7 -port_out 7', '-port and -port_out are both 7'],
    ['-http_port 5556', '-port_out and -http_port are both 5556'],
    ['-http_port 5555', '-port and -http_port are both 5555'],
    ['-pooling_strategy REGRESSION -num_labels 3', 'which contradicts -num_labels 3'],
  ])('%s', (line, sentence) => {
    const { values, given } = parse(line);
    expect(() => {
      refuseContradictions(values, given);
    }).toThrow(sentence);
  });

  it('are not free ports', () => {
    const { values, given } = parse('-port 0 -port_out 0 -http_port 0');
    expect(() => {
      refuseContradictions(values, given);
    }).not.toThrow();
  });
});
