import { expect, test } from '@jest/globals';
import type { AmqpValue } from '../codec/amqp-value.js';
import { encodeDetach } from '../performatives/detach.js';
import type { LinkRole } from '../performatives/disposition.js';
import { encodeEnd } from '../performatives/ending.js';
import { FrameClient } from './frame-client.fake.js';
import type { TestServerOptions } from './test-server.fake.js';

const sessionBytes = 2_048;

const undecided: TestServerOptions = {
  settings: { endpointBytesFree: 0, endpointBytesMax: 1_000_000, waitingBytesMax: 1_000 },
  onIncomingLink: () => undefined,
  onOutgoingLink: () => undefined,
};

const detach = { handle: 0, closed: true, error: null };

function propertiesOf(bytes: number): Map<string, AmqpValue> {
  return new Map([['k', 'v'.repeat(bytes)]]);
}

/** A client that has attached a link, with 10,000 bytes, of which nobody decides. */
function attachPending(role: LinkRole): FrameClient {
  return FrameClient.open(undecided).attach({ role, properties: propertiesOf(10_000) });
}

type Act = (client: FrameClient, role: LinkRole) => unknown;

const waysToGo: [string, Act][] = [
  ['is detached', (client) => client.send(encodeDetach, detach)],
  [
    'is stolen and detached',
    (client, role) => client.attach({ role, handle: 1 }).send(encodeDetach, detach),
  ],
  ['goes with its session', (client) => client.send(encodeEnd, null)],
  ['goes with a session that breaks a rule', (client) => client.flow({ handle: 7 })],
];

const roles: readonly LinkRole[] = ['sender', 'receiver'];
const cases = roles.flatMap((role) => waysToGo.map(([how, go]) => [role, how, go] as const));

test.each(cases)('a link of a %s that %s counts until its owner refuses it', (role, _, go) => {
  const client = attachPending(role);
  const { connection, incoming, outgoing } = client.server;
  go(client, role);
  expect(connection.keptBytes).toBeGreaterThan(sessionBytes + 10_000);
  const links = [...incoming, ...outgoing];
  links[0]!.detach(null);
  expect(connection.keptBytes).toBeLessThan(10_000);
  links[0]!.detach(null);
  client.send(encodeEnd, null);
  links.at(-1)!.detach(null);
  expect(connection.keptBytes).toBe(0);
});

test('a link that is detached counts until its owner accepts it', () => {
  const client = attachPending('sender');
  const { connection, incoming, incomingHandlers } = client.server;
  client.send(encodeDetach, detach);
  expect(connection.keptBytes).toBeGreaterThan(sessionBytes + 10_000);
  expect(incoming[0]!.accept(incomingHandlers, 1)).toBe(false);
  expect(connection.keptBytes).toBe(sessionBytes);
});

test('a link on which too much came early counts until its owner has decided, too', () => {
  const client = attachPending('sender');
  const { connection, incoming } = client.server;
  client.transfer({}, Buffer.alloc(1_000)).send(encodeDetach, detach);
  expect(connection.keptBytes).toBeGreaterThan(sessionBytes + 10_000);
  incoming[0]!.detach(null);
  expect(connection.keptBytes).toBe(sessionBytes);
});

test('a session counts as long as one of its links', () => {
  const client = attachPending('sender');
  const { connection, incoming } = client.server;
  client.begin({}, 1).attach({ role: 'sender' }, 1);
  client.send(encodeEnd, null).send(encodeEnd, null, 1);
  incoming[0]!.detach(null);
  const ofOneLink = FrameClient.open(undecided).attach({ role: 'sender' }).server;
  expect(connection.keptBytes).toBe(ofOneLink.connection.keptBytes);
  incoming[1]!.detach(null);
  expect(connection.keptBytes).toBe(0);
});

test('links that are attached and given up on and on end their session', () => {
  const client = attachPending('sender');
  const asked = { role: 'sender', properties: propertiesOf(10_000) } as const;
  for (let number = 0; number < 100; number++) {
    client.send(encodeDetach, detach).attach(asked);
  }
  expect(client.received('end')).toMatchObject([{ condition: 'amqp:resource-limit-exceeded' }]);
  expect(client.server.incoming.length).toBeLessThan(100);
  expect(client.server.connection.keptBytes).toBeLessThanOrEqual(1_000_000);
});

test('links that are decided about are given up as often as one likes', () => {
  const { settings = {} } = undecided;
  const client = FrameClient.open({ settings });
  const asked = { role: 'sender', properties: propertiesOf(10_000) } as const;
  for (let number = 0; number < 200; number++) {
    client.attach(asked).send(encodeDetach, detach);
  }
  expect(client.received('end')).toEqual([]);
  expect(client.server.connection.keptBytes).toBe(sessionBytes);
});
