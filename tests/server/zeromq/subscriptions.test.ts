// Who listens: topics as prefixes, counted, with nonsense ignored.
import { expect, it } from 'vitest';
import { Subscriptions } from '../../../src/server/zeromq/subscriptions.js';

const message = (kind: number, topic: string): Buffer =>
  Buffer.concat([Buffer.from([kind]), Buffer.from(topic, 'latin1')]);

it('counts the subscriptions that take an identity', () => {
  const subscriptions = new Subscriptions();
  const count = (identity: string): number =>
    subscriptions.countFor(Buffer.from(identity, 'latin1'));
  expect(subscriptions.take(message(1, 'client'))).toBe('client');
  subscriptions.take(message(1, 'client'));
  subscriptions.take(message(1, 'cl'));
  subscriptions.take(message(1, '\xff\x00'));
  expect([count('client'), count('clients'), count('cl'), count('c')]).toEqual([3, 3, 1, 0]);
  expect(count('\xff\x00\x01')).toBe(1);
  expect(subscriptions.take(message(0, 'client'))).toBeUndefined();
  expect(count('client')).toBe(2);
  subscriptions.take(message(0, 'client'));
  subscriptions.take(message(0, 'cl'));
  expect(count('client')).toBe(0);
  subscriptions.take(message(1, ''));
  expect(count('anybody')).toBe(1);
});

it('ignores what is no subscription', () => {
  const subscriptions = new Subscriptions();
  for (const nonsense of [Buffer.alloc(0), message(2, 'a'), message(0, 'never')]) {
    expect(subscriptions.take(nonsense)).toBeUndefined();
  }
  expect(subscriptions.countFor(Buffer.from('a'))).toBe(0);
});

it('is full at some number of topics, and still counts those it knows', () => {
  const subscriptions = new Subscriptions();
  for (let topic = 0; topic < 100_000; topic++) subscriptions.take(message(1, `t${topic}.`));
  expect(subscriptions.isFull).toBe(true);
  subscriptions.take(message(1, 'one more'));
  subscriptions.take(message(1, 't7.'));
  expect(subscriptions.countFor(Buffer.from('one more'))).toBe(0);
  expect(subscriptions.countFor(Buffer.from('t7.'))).toBe(2);
  subscriptions.take(message(0, 't8.'));
  expect(subscriptions.isFull).toBe(false);
});
