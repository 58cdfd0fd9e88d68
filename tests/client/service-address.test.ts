// The address of a service as one word.
import { expect, test } from 'vitest';
import { formatServiceAddress, parseServiceAddress } from '../../src/client/index.js';

test.each([
  ['tcp://localhost:5555/5556', { ip: 'localhost', port: 5555, portOut: 5556 }],
  ['tcp://10.0.0.7:9000/80', { ip: '10.0.0.7', port: 9000, portOut: 80 }],
  ['tcp://[fe80::1]:1/65535', { ip: 'fe80::1', port: 1, portOut: 65_535 }],
])('%s is read and written', (text, address) => {
  expect(parseServiceAddress(text)).toEqual(address);
  expect(formatServiceAddress(address)).toBe(text);
});

test('replies come from the next port unless it says otherwise', () => {
  expect(parseServiceAddress('tcp://gpu.example.org:5555').portOut).toBe(5556);
});

test.each([
  'localhost:5555',
  'http://localhost:5555',
  'tcp://localhost',
  'tcp://localhost:',
  'tcp://:5555',
  'tcp://localhost:0',
  'tcp://localhost:65535',
  'tcp://localhost:65536/1',
  'tcp://localhost:1/65536',
  'tcp://localhost:1/2/3',
  'tcp://fe80::1:5555',
  'tcp://local host:5555',
  'tcp://localhost:5555 ',
])('%s is refused', (text) => {
  expect(() => parseServiceAddress(text)).toThrow(/expected tcp:\/\/HOST:PORT or/);
});
