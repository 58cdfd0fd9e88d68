// Who reaches a service without keys: its own machine, and no page of another place.
import { expect, it } from 'vitest';
import {
  checkExposure,
  isLoopback,
  refuseForeignPages,
} from '../../../../src/server/operations/access/exposure.js';

it('knows the addresses that only this machine reaches', () => {
  for (const host of [
    '127.0.0.1',
    '127.8.9.1',
    '::1',
    '[::1]',
    '0:0:0:0:0:0:0:1',
    'LocalHost',
    '::ffff:127.0.0.1',
  ]) {
    expect(isLoopback(host), host).toBe(true);
  }
  for (const host of [
    '0.0.0.0',
    '::',
    '*',
    '10.0.0.1',
    '128.0.0.1',
    '::2',
    '::11',
    'localhost.example.org',
    '127.0.0.1.example.org',
    '127.1',
    '1',
    '',
  ]) {
    expect(isLoopback(host), host).toBe(false);
  }
});

it('refuses to be reachable without keys, unless it is meant so', () => {
  expect(() => {
    checkExposure('0.0.0.0', false, false);
  }).toThrow(/refusing to listen at 0\.0\.0\.0 without API keys/);
  expect(() => {
    checkExposure('*', false, false);
  }).toThrow(/all addresses/);
  checkExposure('0.0.0.0', true, false);
  checkExposure('0.0.0.0', false, true);
  checkExposure('127.0.0.1', false, false);
});

it('takes requests that say its own name, and no others', () => {
  const check =
    (headers: Record<string, string>, hosts: string[] = [], origins: string[] = []) =>
    () => {
      refuseForeignPages(new Headers(headers), hosts, origins);
    };
  for (const host of [
    'localhost:8080',
    '127.0.0.1:8080',
    '[::1]:8080',
    'localhost',
    'LOCALHOST:1',
  ]) {
    expect(check({ host }), host).not.toThrow();
  }
  // What a browser says after a page has given its own name this machine's address.
  for (const host of [
    'evil.example:8080',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'a b',
    'localhost:8080:1',
    '[::2]:1',
    '',
  ]) {
    expect(check({ host }), host).toThrow(/Host header names another host/);
  }
  expect(check({ host: 'filter.internal' }, ['filter.internal'])).not.toThrow();
  expect(check({})).not.toThrow();
  const host = 'localhost:8080';
  expect(check({ host, origin: 'http://localhost:8080' })).not.toThrow();
  for (const origin of [
    'https://evil.example',
    'null',
    'http://localhost:9999',
    'http://localhost',
  ]) {
    expect(check({ host, origin }), origin).toThrow(/pages of other origins/);
  }
  expect(check({ host, origin: 'https://own.example' }, [], ['https://own.example'])).not.toThrow();
  expect(check({ host, origin: 'https://any.example' }, [], ['*'])).not.toThrow();
});
