import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { listenAsSet, SettingFault } from './setting-fault.js';

function listen(host: string, port: number): () => Promise<unknown> {
  const server = createServer();
  return async () => {
    server.listen(port, host);
    await once(server, 'listening');
    return new Promise((resolve) => server.close(resolve));
  };
}

test('a port that is taken is told with the variable, the address and what to do', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as AddressInfo;

  const failed = listenAsSet('LINCHPIN_PROBE_LISTEN', listen('127.0.0.1', port));

  await expect(failed).rejects.toThrow(SettingFault);
  await expect(failed).rejects.toThrow(
    `LINCHPIN_PROBE_LISTEN: listen EADDRINUSE: address already in use 127.0.0.1:${port} ` +
      '(another process has the port: end it, or choose another port)',
  );
  holder.close();
});

test('an address that the machine has not', async () => {
  await expect(listenAsSet('LINCHPIN_MQTT_LISTEN', listen('192.0.2.1', 8883))).rejects.toThrow(
    /^LINCHPIN_MQTT_LISTEN: listen EADDRNOTAVAIL.* 192\.0\.2\.1:8883 \(this machine has no such/,
  );
});

test('what gRPC quotes of the system is found', async () => {
  const quoted =
    'No address added out of total 1 resolved errors: [listen EADDRINUSE: address already in use 127.0.0.1:1]';
  const failed = listenAsSet('LINCHPIN_GRPC_LISTEN', () => Promise.reject(new Error(quoted)));

  await expect(failed).rejects.toThrow(
    'LINCHPIN_GRPC_LISTEN: listen EADDRINUSE: address already in use 127.0.0.1:1 (another process',
  );
});

test('what is no matter of the address stays as it is', async () => {
  const fault = new TypeError('x is not a function');

  await expect(listenAsSet('X', () => Promise.reject(fault))).rejects.toBe(fault);
  expect(await listenAsSet('X', () => Promise.resolve(1))).toBe(1);
});
