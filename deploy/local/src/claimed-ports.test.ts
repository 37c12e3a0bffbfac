import { expect, test } from '@jest/globals';
import { claimedPorts, refuseEqualPorts } from './claimed-ports.js';
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
    '127.0.0.1 5671',
    '::1 5671',
    '127.0.0.1 443',
    '::1 443',
    '127.0.0.1 9093',
    '127.0.0.1 17401',
    '127.0.0.1 17402',
    '127.0.0.1 17405',
    '127.0.0.1 17406',
    '127.0.0.1 17407',
    '127.0.0.1 17408',
    '127.0.0.1 17409',
    '127.0.0.1 17410',
    '127.0.0.1 17411',
    '127.0.0.1 17412',
    '127.0.0.1 17421',
    '127.0.0.1 17422',
  ]);
});

test('several gateways take internal ports behind the one', () => {
  const claims = format(claimedPorts(readConfig({}, false), { ...options, gateways: 2 }));

  expect(claims.slice(-10)).toEqual([
    '127.0.0.1 17421',
    '127.0.0.1 17422',
    '127.0.0.1 17423',
    '127.0.0.1 17424',
    '127.0.0.1 17425',
    '127.0.0.1 17431',
    '127.0.0.1 17432',
    '127.0.0.1 17433',
    '127.0.0.1 17434',
    '127.0.0.1 17435',
  ]);
});

test('engines alone need no other port, and a given engine none at all', () => {
  const config = readConfig({ LINCHPIN_KAFKA_BROKERS: 'kafka:9092' });
  const claims = claimedPorts(config, { ...options, enginesOnly: true });

  expect(claims.map(({ name }) => name)).toEqual(['postgres', 'redis', 'blob']);
});

test.each([
  [
    'both at the outside',
    { LINCHPIN_MQTT_PORT: '443' },
    'LINCHPIN_MQTT_PORT and LINCHPIN_HTTPS_PORT lead to the same port, 443.',
  ],
  [
    'two engines',
    { LINCHPIN_KAFKA_PORT: '16379' },
    'LINCHPIN_REDIS_PORT and LINCHPIN_KAFKA_PORT lead to the same port, 16379.',
  ],
  [
    'all addresses and one of them',
    { LINCHPIN_LISTEN_ADDRESSES: '0.0.0.0', LINCHPIN_API_PROBE_PORT: '8883' },
    'LINCHPIN_MQTT_PORT and LINCHPIN_API_PROBE_PORT lead to the same port, 8883.',
  ],
  [
    'one gateway and the next',
    { LINCHPIN_GATEWAY_PROBE_PORT: '17431' },
    'LINCHPIN_GATEWAY_PROBE_PORT and LINCHPIN_GATEWAY_GRPC_PORT lead to the same port, 17431.',
  ],
])('a port that has two uses is refused: %s', (_, env, sentence) => {
  const claims = claimedPorts(readConfig(env), { ...options, gateways: 2 });

  expect(() => {
    refuseEqualPorts(claims);
  }).toThrow(sentence);
});

test('one port on two addresses is two', () => {
  const env = { LINCHPIN_LISTEN_ADDRESSES: '127.0.0.2,127.0.0.3', LINCHPIN_API_PROBE_PORT: '8883' };

  expect(() => {
    refuseEqualPorts(claimedPorts(readConfig(env), { ...options, gateways: 16 }));
  }).not.toThrow();
});
