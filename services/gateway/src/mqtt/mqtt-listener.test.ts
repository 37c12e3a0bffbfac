import { once } from 'node:events';
import { BlockList, connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { issueCertificate, proxyHeaderFor } from '@linchpin/testing';
import { Admission } from '../sockets/admission.js';
import { connectPacket, FakeClient } from './client.fake.js';
import { FakeGateway } from './gateway.fake.js';
import type { ConnectionListener } from '../sockets/connection-listener.js';
import { startMqttListener } from './mqtt-listener.js';

const server = issueCertificate({ subject: 'h.example.net' });
let gateway: FakeGateway;
let listener: ConnectionListener;
let sockets: Socket[];

beforeEach(async () => {
  gateway = new FakeGateway();
  const proxies = new BlockList();
  proxies.addAddress('127.0.0.1');
  sockets = [];
  listener = await startMqttListener({
    listen: [{ host: '127.0.0.1', port: 0 }],
    certificates: { secureContextOptions: { cert: server.certificate, key: server.key } },
    proxies,
    handshakeTimeoutMs: 60_000,
    drainMs: 100,
    admission: new Admission({
      connectionsMax: 100,
      unauthenticatedMax: 2,
      unauthenticatedPerAddressMax: 1,
    }),
    services: gateway.services,
  });
});

afterEach(async () => {
  for (const socket of sockets) {
    socket.destroy();
  }
  listener.stopAccepting();
  await listener.drain();
});

/** From the load balancer. */
async function dial(): Promise<Socket> {
  const [port = 0] = listener.ports;
  const socket = connectTcp(port, '127.0.0.1');
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

/** From the device at `address`, behind it. */
async function shakeHands(address: string): Promise<FakeClient> {
  const socket = await dial();
  socket.write(proxyHeaderFor(address));
  const secured = connectTls({
    ...{ socket, ca: server.certificate },
    checkServerIdentity: () => undefined,
  });
  const client = new FakeClient(secured);
  await once(secured, 'secureConnect');
  return client;
}

test('a device has the address that the load balancer names, until it is let in and after', async () => {
  const first = await shakeHands('192.0.2.1');
  await expect(shakeHands('192.0.2.1')).rejects.toThrow();
  first.send(connectPacket());
  await first.receive(1);
  await shakeHands('192.0.2.1');

  expect(gateway.authenticator.claims.map(({ client }) => client.address)).toEqual(['192.0.2.1']);
});

test('sockets that do not say whom they are for are as many as those without a credential', async () => {
  await dial();
  await dial();
  await once(await dial(), 'close');
});
