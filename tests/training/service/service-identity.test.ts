// What of a service's status makes its vectors, and what training takes from it.
import { describe, expect, it } from 'vitest';
import {
  contentKeyOf,
  listDifferences,
  readIdentity,
  readServiceSettings,
} from '../../../src/training/service/service-identity.js';
import { expectRefusal } from '../../classifier/support/refusal.js';
import { usualStatus } from './fake-service.js';

const address = 'tcp://a:5555/5556';
const identify = (changes: Record<string, unknown>) =>
  readIdentity(address, { ...usualStatus, ...changes });
const keyOf = (changes: Record<string, unknown>, width = 768) =>
  contentKeyOf(identify(changes), width);
const settingsOf = (changes: Record<string, unknown>) =>
  readServiceSettings(address, identify(changes));
const refuses = (changes: Record<string, unknown>, ...parts: string[]) =>
  expectRefusal(
    Promise.resolve().then(() => settingsOf(changes)),
    'SERVICE_UNUSABLE',
    address,
    ...parts,
  );

describe('the identity of a service', () => {
  it('is the same whatever does not change vectors', () => {
    const same = { server_start_time: 'today', port: 7777, num_worker: 4, client: 'x', cors: '*' };
    expect(keyOf(same)).toBe(keyOf({}));
  });

  it.each([
    ['max_seq_len', 50],
    ['do_lower_case', false],
    ['pooling_layer', [-1]],
    ['pooling_strategy', 1],
    ['mask_cls_sep', true],
    ['no_special_token', true],
    ['no_position_embeddings', true],
    ['fp16', true],
    ['model_dir', '/models/other'],
    ['tuned_model_dir', '/models/tuned'],
    ['ckpt_name', 'model.ckpt-100'],
    ['server_version', '1.9.0'],
    ['tensorflow_version', ['1', '14', '0']],
  ])('is another one with another %s', (name, value) => {
    expect(keyOf({ [name]: value })).not.toBe(keyOf({}));
    expect(listDifferences(identify({}), identify({ [name]: value }))).toEqual([
      `${name} is ${JSON.stringify(value)}, not ${JSON.stringify(usualStatus[name])}`,
    ]);
  });

  it('is another one with vectors of another width', () => {
    expect(keyOf({}, 1024)).not.toBe(keyOf({}, 768));
  });

  it("is the model's digest where polytag serves, wherever the model lies", () => {
    const polytag = { model_key: 'ab12' };
    expect(keyOf({ polytag, model_dir: '/x' })).toBe(keyOf({ polytag, model_dir: '/y' }));
    expect(keyOf({ polytag })).not.toBe(keyOf({ polytag: { model_key: 'cd34' } }));
    expect(keyOf({ polytag, max_seq_len: 9 })).not.toBe(keyOf({ polytag }));
    expect(keyOf({ polytag })).not.toBe(keyOf({}));
    expect(listDifferences(identify({}), identify({ polytag }))).toEqual([
      'it is polytag, not bert-as-service',
    ]);
  });

  it('cannot be read from a status that is none', async () => {
    const attempt = Promise.resolve().then(() => readIdentity(address, { hello: 1 }));
    await expectRefusal(attempt, 'SERVICE_UNUSABLE', 'no pooling_strategy');
  });
});

describe('the settings of a service', () => {
  it.each([
    [1, 'max'],
    [2, 'mean'],
    [3, 'mean_max'],
    [4, 'first'],
    [5, 'last'],
    [6, 'pooler'],
  ])('pooling strategy %i is %s', (strategy, pooling) => {
    expect(settingsOf({ pooling_strategy: strategy, pooling_layer: [-1, -2] })).toEqual({
      features: [{ pooling, layers: [-1, -2] }],
      maxLength: 25,
    });
  });

  it('may be without a limit', () => {
    expect(settingsOf({ max_seq_len: null }).maxLength).toBeNull();
  });

  it('are refused where there is no vector of an encoder a text', async () => {
    await refuses({ pooling_strategy: 0 }, 'a vector a token');
    await refuses({ pooling_strategy: 7 }, 'the output of a classifier');
    await refuses({ pooling_strategy: 'REDUCE_MEAN' }, 'the pooling strategy "REDUCE_MEAN"');
    await refuses({ pooling_layer: ['all'] }, 'layers ["all"]');
    await refuses({ max_seq_len: 'NONE' }, 'max_seq_len "NONE"');
  });
});
