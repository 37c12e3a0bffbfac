import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { describePortFaults, requireFreePorts } from './free-ports.js';

let server: Server;
let takenPort: number;

beforeEach(async () => {
  server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  takenPort = (server.address() as AddressInfo).port;
});

afterEach(async () => {
  server.close();
  await once(server, 'close');
});

test('a port that is taken is named with its holder and its variable', async () => {
  const claims = [{ name: 'mqtt', address: '127.0.0.1', port: takenPort }] as const;

  await expect(requireFreePorts(claims)).rejects.toMatchObject({
    message: expect.stringMatching(
      new RegExp(`^127.0.0.1:${takenPort} is in use by .+ \\(pid ${process.pid}\\).$`),
    ),
    remedy: 'Stop that process, or set LINCHPIN_MQTT_PORT to another port.',
  });
});

test('every port at fault is named, by kind of fault', async () => {
  const claims = [
    { name: 'redis', address: '127.0.0.1', port: takenPort },
    { name: 'mqtt', address: '192.0.2.1', port: 8883 },
    { name: 'https', address: '192.0.2.1', port: 8443 },
  ] as const;

  await expect(requireFreePorts(claims)).rejects.toMatchObject({
    message: expect.stringMatching(
      / is in use by .* 192\.0\.2\.1:8883, 192\.0\.2\.1:8443: this machine has no such address\.$/,
    ),
    remedy:
      'Stop that process, or set LINCHPIN_REDIS_PORT to another port. ' +
      'Set LINCHPIN_LISTEN_ADDRESSES to addresses that it has.',
  });
});

test('several taken ports have one remedy', () => {
  const claims = [
    { name: 'mqtt', address: '127.0.0.1', port: 8883 },
    { name: 'mqtt', address: '::1', port: 8883 },
    { name: 'https', address: '127.0.0.1', port: 443 },
  ] as const;

  expect(describePortFaults('EADDRINUSE', claims).remedy).toBe(
    'Stop what holds them, or set LINCHPIN_MQTT_PORT, LINCHPIN_HTTPS_PORT to other ports.',
  );
});

test('free ports are let go again', async () => {
  server.close();
  await once(server, 'close');
  const claims = [{ name: 'mqtt', address: '127.0.0.1', port: takenPort }] as const;

  await requireFreePorts(claims);
  await requireFreePorts(claims);

  server.listen(takenPort, '127.0.0.1');
  await once(server, 'listening');
});

test('a privileged port says how to go around it', () => {
  const claims = [
    { name: 'https', address: '127.0.0.1', port: 443 },
    { name: 'https', address: '::1', port: 443 },
  ] as const;

  expect(describePortFaults('EACCES', claims)).toEqual({
    message: '127.0.0.1:443, [::1]:443: ports below 1024 need root here.',
    remedy:
      'Either set LINCHPIN_HTTPS_PORT to another port from 1024 on, or allow low ports to ' +
      'everyone: sudo sysctl net.ipv4.ip_unprivileged_port_start=443.',
  });
});

test('any other fault is told by its code', () => {
  const fault = describePortFaults('EMFILE', [{ name: 'kafka', address: '127.0.0.1', port: 1 }]);

  expect(fault.message).toBe('127.0.0.1:1 cannot be listened on (EMFILE).');
});
