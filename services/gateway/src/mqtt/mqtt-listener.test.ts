import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { BlockList, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createTestCertificate } from '@linchpin/testing';
import { Admission } from './admission.js';
import { FakeGateway } from './mqtt-connection.fake.js';
import { MqttListener } from './mqtt-listener.js';

let folder: string;
let listener: MqttListener;
let sockets: Socket[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'linchpin-listener-'));
  const { certificate, key } = createTestCertificate(folder, 'server', 'ec');
  const proxies = new BlockList();
  proxies.addAddress('127.0.0.1');
  sockets = [];
  listener = await MqttListener.start({
    listen: [{ host: '127.0.0.1', port: 0 }],
    certificates: {
      secureContextOptions: { cert: readFileSync(certificate), key: readFileSync(key) },
    },
    proxies,
    handshakeTimeoutMs: 60_000,
    drainMs: 100,
    admission: new Admission({
      connectionsMax: 100,
      unauthenticatedMax: 2,
      unauthenticatedPerAddressMax: 2,
    }),
    services: new FakeGateway().services,
  });
});

afterEach(async () => {
  for (const socket of sockets) {
    socket.destroy();
  }
  listener.stopAccepting();
  await listener.drain();
  rmSync(folder, { recursive: true });
});

async function dial(): Promise<Socket> {
  const [port = 0] = listener.ports;
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

test('sockets from a load balancer that do not say whom they are for are bounded as well', async () => {
  const first = await dial();
  await dial();
  const third = await dial();
  await once(third, 'close');

  first.destroy();
  await once(first, 'close');
  let another: Socket;
  let isLetIn: boolean;
  do {
    another = await dial();
    isLetIn = await Promise.race([
      once(another, 'close').then(() => false),
      new Promise<boolean>((resolve) => setTimeout(resolve, 200, true)),
    ]);
  } while (!isLetIn);
  expect(another.destroyed).toBe(false);
});
