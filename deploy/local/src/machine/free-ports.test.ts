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
  const claims = [{ name: 'redis', address: '127.0.0.1', port: takenPort }] as const;

  await expect(requireFreePorts(claims)).rejects.toMatchObject({
    message: expect.stringMatching(
      new RegExp(`^127.0.0.1:${takenPort} is in use by .+ \\(pid ${process.pid}\\).$`),
    ),
    remedy:
      'Stop that process, or set LINCHPIN_REDIS_PORT to another port ' +
      '(LINCHPIN_PORT_OFFSET=1000 moves all such ports).',
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
      'Stop that process, or set LINCHPIN_REDIS_PORT to another port ' +
      '(LINCHPIN_PORT_OFFSET=1000 moves all such ports). ' +
      'Set LINCHPIN_LISTEN_ADDRESSES to addresses that it has.',
  });
});

test('the ports that SDKs know are had on another address, the others moved', () => {
  const outside = [
    { name: 'mqtt', address: '127.0.0.1', port: 8883 },
    { name: 'mqtt', address: '::1', port: 8883 },
    { name: 'https', address: '127.0.0.1', port: 443 },
  ] as const;
  const inside = [
    { name: 'redis', address: '127.0.0.1', port: 16379 },
    { name: 'kafka', address: '127.0.0.1', port: 19092 },
  ] as const;

  expect(describePortFaults('EADDRINUSE', outside).remedy).toBe(
    "Stop what holds them, or set LINCHPIN_LISTEN_ADDRESSES=127.0.0.2 (Azure's SDKs know no other " +
      'ports; a hub that is there already keeps its names, so give a new one a LINCHPIN_STATE_DIR ' +
      'of its own).',
  );
  const second = [{ name: 'https', address: '127.0.0.2', port: 443 }] as const;
  expect(describePortFaults('EADDRINUSE', second).remedy).toContain('=127.0.0.3 ');
  expect(describePortFaults('EADDRINUSE', [...outside, ...inside]).remedy).toMatch(
    /own\); set LINCHPIN_REDIS_PORT, LINCHPIN_KAFKA_PORT to other ports \(LINCHPIN_PORT_OFFSET=1000 moves all such ports\)\.$/,
  );
});

test('a port beyond the last is refused by its variable', async () => {
  const claims = [{ name: 'gatewayGrpc', address: '127.0.0.1', port: 65_536 }] as const;

  await expect(requireFreePorts(claims)).rejects.toMatchObject({
    message: 'There is no port 65536.',
    remedy: 'Set LINCHPIN_GATEWAY_GRPC_PORT lower, or start fewer gateways.',
  });
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
      'Allow low ports to everyone: sudo sysctl net.ipv4.ip_unprivileged_port_start=443. Or set ' +
      "LINCHPIN_HTTPS_PORT to a port from 1024 on, where curl reaches it but Azure's SDKs do not.",
  });
});

test('any other fault is told by its code', () => {
  const fault = describePortFaults('EMFILE', [{ name: 'kafka', address: '127.0.0.1', port: 1 }]);

  expect(fault.message).toBe('127.0.0.1:1 cannot be listened on (EMFILE).');
});
