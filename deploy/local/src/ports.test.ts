import { expect, test } from '@jest/globals';
import { gatewayPort, gatewaysMax, portTable, readPorts } from './ports.js';

test('the ports that the SDKs hard-wire stand; the offset moves all others', () => {
  const ports = readPorts({ LINCHPIN_PORT_OFFSET: '10000' }, []);

  expect(ports).toMatchObject({ mqtt: 8883, https: 443, postgres: 25432, gatewayMqtt: 27423 });
});

test('a port given by its own variable is not moved', () => {
  const ports = readPorts({ LINCHPIN_PORT_OFFSET: '10000', LINCHPIN_KAFKA_PORT: '9092' }, []);

  expect(ports).toMatchObject({ kafka: 9092, kafkaController: 29093 });
});

test('each further gateway has ports of its own', () => {
  const ports = readPorts({}, []);

  expect(gatewayPort(ports, 'gatewayGrpc', 1)).toBe(17421);
  expect(gatewayPort(ports, 'gatewayGrpc', 3)).toBe(17441);
});

test('no two ports meet, with as many gateways as are allowed', () => {
  const ports = readPorts({}, []);
  const perGateway = (
    ['gatewayGrpc', 'gatewayProbe', 'gatewayMqtt', 'gatewayAmqp', 'gatewayHttps'] as const
  ).flatMap((name) =>
    Array.from({ length: gatewaysMax - 1 }, (_, i) => gatewayPort(ports, name, i + 2)),
  );
  const all = [...Object.values(ports), ...perGateway];

  expect(new Set(all).size).toBe(all.length);
});

test('every port has a variable of its own', () => {
  const variables = Object.values(portTable).map(({ variable }) => variable);

  expect(new Set(variables).size).toBe(variables.length);
});
