// Where requests are taken, and from where the service may be ended.
import { expect, it } from 'vitest';
import {
  endpointOf,
  listenAddresses,
  resolveHost,
} from '../../../src/server/zeromq/listen-addresses.js';

it.each([
  ['*', '0.0.0.0'],
  ['', '0.0.0.0'],
  ['0.0.0.0', '0.0.0.0'],
  ['::', '::'],
  ['[::1]', '::1'],
  ['10.1.2.3', '10.1.2.3'],
])('%j stands for %s', async (host, address) => {
  expect(await resolveHost(host, 1)).toBe(address);
});

it('listens at localhost by IPv4', async () => {
  expect(await resolveHost('localhost', 1)).toMatch(/^(?:127\.|::1$)/);
});

it('says that a name has no address', async () => {
  await expect(resolveHost('no-such-host.invalid', 5555)).rejects.toMatchObject({
    code: 'PORT_UNAVAILABLE',
    message: expect.stringContaining('no-such-host.invalid, port 5555') as string,
  });
});

it.each([
  ['127.0.0.1', true],
  ['127.1.2.3', true],
  ['::1', true],
  ['10.1.2.3', false],
  ['fd00::1', false],
])('who connects to %s may end the service: %s', (address, mayTerminate) => {
  expect(listenAddresses(address, false)).toEqual([{ address, mayTerminate }]);
  expect(listenAddresses(address, true)).toEqual([{ address, mayTerminate: true }]);
});

it.each(['0.0.0.0', '::'])('keeps loopback apart from other addresses of %s', (every) => {
  const addresses = listenAddresses(every, false);
  expect(addresses[0]).toEqual({ address: '127.0.0.1', mayTerminate: true });
  expect(new Set(addresses.map(({ address }) => address)).size).toBe(addresses.length);
  for (const { address, mayTerminate } of addresses) {
    expect(mayTerminate).toBe(/^127\.|^::1$/.test(address));
    expect(every === '::' || !address.includes(':')).toBe(true);
  }
  expect(listenAddresses(every, true)).toEqual([{ address: every, mayTerminate: true }]);
});

it('writes addresses in words of ZeroMQ', () => {
  expect(endpointOf('127.0.0.1', 0)).toBe('tcp://127.0.0.1:*');
  expect(endpointOf('::1', 5555)).toBe('tcp://[::1]:5555');
});
