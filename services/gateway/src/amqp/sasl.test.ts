import { once, type EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { FakeAmqpGateway, tokenFor } from './gateway.fake.js';

let gateway: FakeAmqpGateway;

beforeEach(() => {
  gateway = new FakeAmqpGateway();
});

afterEach(() => {
  gateway.close();
});

/** As rhea asks for a mechanism that says so at once. */
function mechanism(name: string, response: Buffer): object {
  const start = (done: (error: undefined, response: Buffer) => void): void => {
    done(undefined, response);
  };
  return { sasl_mechanisms: { [name]: () => ({ start }) } };
}

test('amqp 2: all four mechanisms are offered', async () => {
  await expect(gateway.connect([], mechanism('NONE', Buffer.alloc(0)))).rejects.toThrow(
    'server supports EXTERNAL,MSSBCBS,ANONYMOUS,PLAIN',
  );
});

test.each(
  ['ANONYMOUS', 'MSSBCBS'].flatMap((name) =>
    [Buffer.alloc(0), Buffer.from('any\0thing'), Buffer.alloc(300, 0xff)].map(
      (response) => [name, response.length, response] as const,
    ),
  ),
)('amqp 3: %s with %i bytes lets in who has shown nothing yet', async (name, _, response) => {
  const { client } = await gateway.connect([], mechanism(name, response));
  const sender = client.open_sender({ target: '/devices/d1/messages/events' });
  await once(sender as unknown as EventEmitter, 'sender_error');
  expect(sender.error).toMatchObject({ condition: 'amqp:unauthorized-access' });
});

test('amqp 4: PLAIN of a device takes the place of a put', async () => {
  const password = tokenFor('/devices/d1');
  const device = await gateway.connect([], { username: 'd1@sas.h', password });
  await device.openSender('/devices/d1/messages/events');
  expect(gateway.isConnected('d1')).toBe(true);
});

test.each([
  ['a wrong signature', 'd1@sas.h', tokenFor('/devices/d1', { isGood: false }), 1],
  ["another device's token", 'd1@sas.h', tokenFor('/devices/d2'), 1],
  ["another hub's name", 'd1@sas.other', tokenFor('/devices/d1'), 1],
  ["a policy's name with a device's token", 'p@sas.root.h', tokenFor('/devices/d1'), 1],
  ['no token', 'd1@sas.h', 'nonsense', 1],
  ['no name of a hub', 'd1', tokenFor('/devices/d1'), 2],
])('amqp 4: PLAIN with %s ends the connection', async (_, username, password, outcome) => {
  await expect(gateway.connect([], { username, password })).rejects.toThrow(
    `Failed to authenticate: ${outcome}`,
  );
  expect(gateway.table.size).toBe(0);
});

test('EXTERNAL needs a certificate', async () => {
  await expect(gateway.connect([], mechanism('EXTERNAL', Buffer.alloc(0)))).rejects.toThrow(
    'Failed to authenticate: 1',
  );
  const { client } = await gateway.connect(
    [Buffer.from('der')],
    mechanism('EXTERNAL', Buffer.alloc(0)),
  );
  expect(client.is_open()).toBe(true);
});
