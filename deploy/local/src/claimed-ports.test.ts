import { expect, test } from '@jest/globals';
import { claimedPorts } from './claimed-ports.js';
import { readConfig } from './config.js';
import type { PortClaim } from './machine/free-ports.js';

const options = { gateways: 1, enginesOnly: false, limits: 'unlimited' } as const;

function format(claims: readonly PortClaim[]): readonly string[] {
  return claims.map(({ address, port }) => `${address} ${port}`);
}

test('devices and back ends reach every listen address, all else is on loopback', () => {
  const claims = format(claimedPorts(readConfig({}, true), options));

  expect(claims).toEqual([
    '127.0.0.1 15432',
    '127.0.0.1 16379',
    '127.0.0.1 19092',
    '127.0.0.1 19093',
    '127.0.0.1 16400',
    '127.0.0.1 8883',
    '::1 8883',
    '127.0.0.1 443',
    '::1 443',
    '127.0.0.1 17401',
    '127.0.0.1 17402',
    '127.0.0.1 17405',
    '127.0.0.1 17406',
    '127.0.0.1 17412',
    '127.0.0.1 17421',
    '127.0.0.1 17422',
  ]);
});

test('several gateways take internal ports behind the one', () => {
  const claims = format(claimedPorts(readConfig({}, false), { ...options, gateways: 2 }));

  expect(claims.slice(-6)).toEqual([
    '127.0.0.1 17421',
    '127.0.0.1 17422',
    '127.0.0.1 17423',
    '127.0.0.1 17431',
    '127.0.0.1 17432',
    '127.0.0.1 17433',
  ]);
});

test('engines alone need no other port, and a given engine none at all', () => {
  const config = readConfig({ LINCHPIN_KAFKA_BROKERS: 'kafka:9092' });
  const claims = claimedPorts(config, { ...options, enginesOnly: true });

  expect(claims.map(({ name }) => name)).toEqual(['postgres', 'redis', 'blob']);
});
