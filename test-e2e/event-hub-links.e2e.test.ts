/** Links to the built-in endpoint by hand, with rhea: what SDKs do not show of it. */
import { once, type EventEmitter } from 'node:events';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createSasToken } from '@linchpin/auth';
import { eventually } from '@linchpin/testing';
import rhea, { type Connection, type EventContext, type Receiver } from 'rhea';
import { createConsumerGroup } from './support/event-hubs.js';
import { hub } from './support/hub.js';

const consumerGroup = 'hand-made-readers';
const connections: Connection[] = [];
let connection: Connection;

beforeAll(async () => {
  await createConsumerGroup(consumerGroup);
  connection = await connect();
});

afterAll(() => {
  for (const each of connections) {
    each.close();
  }
});

/** By SASL PLAIN, as programs do that read by hand (amqp.md section 2.3). */
async function connect(audience = hub.host): Promise<Connection> {
  const [label = ''] = hub.host.split(':');
  const expiresAt = new Date(Date.now() + 3_600_000);
  const { name: policy, key } = hub.owner;
  const opened = rhea.create_container().connect({
    ...{ host: hub.host, port: 5_671, transport: 'tls', hostname: hub.host, reconnect: false },
    ca: hub.authority,
    servername: '',
    username: `${policy}@sas.root.${label}`,
    password: createSasToken({ audience, key, policy, expiresAt }),
  } as never);
  opened.on('connection_error', () => undefined);
  opened.on('disconnected', () => undefined);
  opened.on('error', () => undefined);
  connections.push(opened);
  await once(opened as unknown as EventEmitter, 'connection_open');
  return opened;
}

interface Told {
  readonly condition: string;
  readonly description: string | null;
  readonly info: Readonly<Record<string, unknown>> | undefined;
}

function openReader(source: object, options: object = {}): Receiver {
  const receiver = connection.open_receiver({ source: source as never, ...options });
  receiver.on('receiver_error', () => undefined);
  return receiver;
}

async function refusalOf(receiver: Receiver): Promise<Told> {
  await eventually(() => receiver.error !== undefined);
  return receiver.error as unknown as Told;
}

const partition = `${hub.eventsTopic}/ConsumerGroups/${consumerGroup}/Partitions/0`;

test('amqp 50: a reader at the address of the hub is redirected, by a policy of SASL PLAIN', async () => {
  const { condition, description, info } = await refusalOf(
    openReader({ address: '/messages/events/$management' }),
  );

  expect(condition).toBe('amqp:link:redirect');
  expect(description ?? null).toBeNull();
  expect(info).toEqual({
    hostname: hub.host,
    'network-host': hub.host,
    port: 5_671,
    address: `amqps://${hub.host}:5671/${hub.eventsTopic}/$management`,
  });
});

test('a reader with credit that nothing uses up is drained', async () => {
  const receiver = openReader(
    {
      address: partition,
      filter: {
        'apache.org:selector-filter:string': rhea.types.wrap_described(
          'amqp.annotation.x-opt-offset > @latest',
          0x468c00000004,
        ),
      },
    },
    { credit_window: 0 },
  );
  receiver.add_credit(10);
  await once(receiver as unknown as EventEmitter, 'receiver_open');
  receiver.drain_credit();
  await once(receiver as unknown as EventEmitter, 'receiver_drained');

  expect((receiver as unknown as { credit: number }).credit).toBe(0);
  receiver.close();
});

test('a sixth reader without epoch is refused, and all five go when one comes that has one', async () => {
  const address = partition.replace(/0$/, '1');
  const readers = [1, 2, 3, 4, 5].map((number) => openReader({ address }, { name: `r${number}` }));
  await Promise.all(readers.map((each) => once(each as unknown as EventEmitter, 'receiver_open')));
  const sixth = await refusalOf(openReader({ address }));
  const properties = { 'com.microsoft:epoch': rhea.types.wrap_long(0) };
  const owner = openReader({ address }, { properties });
  await once(owner as unknown as EventEmitter, 'receiver_open');
  const ended = await Promise.all(readers.map(refusalOf));

  expect(sixth.condition).toBe('amqp:resource-limit-exceeded');
  expect(ended.map(({ condition }) => condition)).toEqual(readers.map(() => 'amqp:link:stolen'));
  expect(owner.error).toBeUndefined();
  owner.close();
});

test.each([
  ['a filter of another kind', "amqp.annotation.x-opt-offset = '1'", 'amqp:not-allowed'],
  [
    'an offset beyond the end',
    'amqp.annotation.x-opt-offset > 999999999999',
    'com.microsoft:argument-error',
  ],
])('%s is refused', async (_, filter, condition) => {
  const source = {
    address: partition,
    filter: { 'apache.org:selector-filter:string': filter },
  };

  expect(await refusalOf(openReader(source))).toMatchObject({ condition });
});

test('another hub is not read, whatever the address says', async () => {
  const addresses = [
    'linchpin.events.other/ConsumerGroups/$Default/Partitions/0',
    'amqps://other.example/linchpin.events.other/ConsumerGroups/$Default/Partitions/0',
    'linchpin.hub-events/ConsumerGroups/$Default/Partitions/0',
    'linchpin.registry-changes/ConsumerGroups/$Default/Partitions/0',
  ];
  for (const address of addresses) {
    expect(await refusalOf(openReader({ address }))).toMatchObject({ condition: 'amqp:not-found' });
  }
});

test('a token that covers one consumer group reads no other', async () => {
  const narrow = await connect(`${hub.host}/${hub.eventsTopic}/ConsumerGroups/$Default`);
  const told: string[] = [];
  for (const group of ['other', '$default']) {
    const address = partition.replace(consumerGroup, group);
    const receiver = narrow.open_receiver({ source: { address } });
    receiver.on('receiver_error', ({ receiver: failed }: EventContext) => {
      told.push((failed?.error as unknown as Told).condition);
    });
    await Promise.race([
      once(receiver as unknown as EventEmitter, 'receiver_error'),
      once(receiver as unknown as EventEmitter, 'message'),
      once(receiver as unknown as EventEmitter, 'receiver_open'),
    ]);
  }
  await new Promise(setImmediate);

  expect(told).toEqual(['amqp:unauthorized-access']);
});
