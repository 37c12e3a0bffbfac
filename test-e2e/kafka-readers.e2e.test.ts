/** Telemetry by Kafka, for whoever has an Event Hubs connection string (section 10 of amqp.md, docs/kafka.md). */
import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createSasToken } from '@linchpin/auth';
import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  ConfigResourceTypes,
  ResourcePatternTypes,
  type Admin,
  type KafkaMessage,
} from 'kafkajs';
import { administer, createHub, policyKeys, type TestHub } from './support/administration.js';
import { open } from './support/device-client.js';
import { programOf } from './support/document.js';
import { hub } from './support/hub.js';
import {
  consume,
  eventHubsConnectionString,
  kafkaOf,
  newGroup,
  readersAddress,
  type RunningConsumer,
} from './support/kafka-readers.js';
import { createDevice } from './support/registry.js';

const run = promisify(execFile);
const suffix = randomUUID().slice(0, 8);
const other = `other-${suffix}`;
const own = eventHubsConnectionString();
let otherHub: TestHub;

beforeAll(async () => {
  otherHub = await createHub(other, `${other}.example`);
});

afterAll(async () => {
  await administer('DELETE', `/${other}`);
});

/** One message with a property, of a device that nobody else has. */
async function sendOne(): Promise<{ readonly deviceId: string; readonly body: string }> {
  const identity = await createDevice();
  const { deviceId } = identity;
  const body = `{"sent":"${randomUUID()}"}`;
  const client = await open(identity);
  await client.publish(`devices/${deviceId}/messages/events/colour=red&%24.mid=m-1`, body, 1);
  client.destroy();
  return { deviceId, body };
}

/** Resolves with the device's first message. */
async function firstOf(
  deviceId: string,
  password: string,
): Promise<{ readonly message: KafkaMessage; readonly consumer: RunningConsumer }> {
  let found: (message: KafkaMessage) => void = () => undefined;
  const message = new Promise<KafkaMessage>((resolve) => {
    found = resolve;
  });
  const consumer = await consume(kafkaOf(password), {
    onMessage: (one) => {
      if (one.key?.toString() === deviceId) {
        found(one);
      }
    },
  });
  return { message: await message, consumer };
}

describe('who may', () => {
  test('amqp 60: $ConnectionString reads what a device sent, properties as plain text', async () => {
    const { deviceId, body } = await sendOne();

    const { message, consumer } = await firstOf(
      deviceId,
      eventHubsConnectionString(hub, hub.eventsTopic),
    );
    await consumer.stop();

    expect(message.value?.toString()).toBe(body);
    expect(String(message.headers?.['colour'])).toBe('red');
    expect(String(message.headers?.['message-id'])).toBe('m-1');
    expect(String(message.headers?.['iothub-connection-device-id'])).toBe(deviceId);
  });

  test('amqp 60: librdkafka reads it too, in a group', async () => {
    const { deviceId, body } = await sendOne();

    const { stdout } = await run(kcat, [
      ...kcatOptions(own),
      '-e',
      '-G',
      newGroup(),
      hub.eventsTopic,
    ]);

    const line = stdout.split('\n').find((one) => one.startsWith(`${deviceId} `));
    expect(line).toContain('colour=red');
    expect(line).toContain(` ${body}`);
  });

  test('the program of docs/kafka.md prints it', async () => {
    const { deviceId, body } = await sendOne();
    const program = programOf('docs/kafka.md', 'read-outside.mjs');
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      cwd: import.meta.dirname,
    });
    const lines = createInterface({ input: child.stdout });

    await new Promise<void>((resolve) => {
      lines.on('line', (line) => {
        if (line.startsWith(`${deviceId} `) && line.endsWith(` ${body}`)) {
          resolve();
        }
      });
    });
    child.kill();
  });

  test('a token in the place of a key counts', async () => {
    const { deviceId, body } = await sendOne();
    const token = createSasToken({
      ...{ audience: hub.host, policy: hub.owner.name, key: hub.owner.key },
      expiresAt: new Date(Date.now() + 600_000),
    });

    const { message, consumer } = await firstOf(
      deviceId,
      `Endpoint=sb://${hub.host}/;SharedAccessSignature=${token}`,
    );
    await consumer.stop();

    expect(message.value?.toString()).toBe(body);
  });

  test('the metadata of all topics names the one of the hub', async () => {
    const admin = await connectAdmin(own);
    const topics = await admin.listTopics();
    await admin.disconnect();

    expect(topics).toEqual([hub.eventsTopic]);
  });
});

const kcat = process.env['LINCHPIN_TEST_KCAT'] ?? 'kcat';

function kcatOptions(password: string): string[] {
  return [
    ...['-b', readersAddress, '-X', 'security.protocol=SASL_SSL', '-X', 'sasl.mechanism=PLAIN'],
    ...['-X', 'sasl.username=$ConnectionString', '-X', `sasl.password=${password}`],
    ...['-X', `ssl.ca.location=${hub.authorityFile}`, '-X', 'auto.offset.reset=earliest'],
    ...['-f', '%k %h %s\n'],
  ];
}

/** What librdkafka says first of an error in a group; kafkajs says of each that it found no coordinator. */
function firstWord(password: string, groupId: string): Promise<string> {
  const child = spawn(kcat, [...kcatOptions(password), '-G', groupId, hub.eventsTopic]);
  return new Promise((resolve) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (line.includes('ERROR')) {
        resolve(line);
        child.kill();
      }
    });
  });
}

async function connectAdmin(password: string): Promise<Admin> {
  const admin = kafkaOf(password).admin();
  await admin.connect();
  return admin;
}

describe('who may not', () => {
  const refused = /^The connection string's hub does not accept it/;
  const withKey = (name: string, key: string, host = hub.host): string =>
    eventHubsConnectionString({ host, owner: { name, key } });
  const strangeKey = Buffer.alloc(32, 7).toString('base64');
  const expired = (): string =>
    createSasToken({
      ...{ audience: hub.host, policy: hub.owner.name, key: hub.owner.key },
      expiresAt: new Date(Date.now() - 3_600_000),
    });

  test.each([
    ['a wrong key', () => withKey(hub.owner.name, strangeKey), refused],
    ['a policy that is not there', () => withKey('nobody', strangeKey), refused],
    ['a hub that is not there', () => withKey('service', strangeKey, 'nowhere.example'), refused],
    ['another hub’s key', () => withKey(hub.owner.name, otherHub.owner.key), refused],
    [
      'a token that has expired',
      () => `Endpoint=sb://h/;SharedAccessSignature=${expired()}`,
      refused,
    ],
    [
      'another entity',
      () => eventHubsConnectionString(hub, otherHub.eventsTopic),
      /^The EntityPath is another than the hub's/,
    ],
    ['no connection string', () => 'secret', /has a part that is no Name=value/],
    ['no endpoint', () => 'SharedAccessKeyName=a;SharedAccessKey=YQ==', /has no Endpoint/],
    ['a part twice', () => `${own};SharedAccessKeyName=x`, /has a part twice/],
    ['a key in no Base64', () => withKey('service', '*'), /has no SharedAccessKey in Base64/],
    ['a name with a line feed', () => withKey('a\nb', strangeKey), /no SharedAccessKeyName/],
    ['a host that is none', () => withKey('service', strangeKey, 'a@b/c?'), /has no Endpoint/],
    ['10 KB', () => `${own};X=${'x'.repeat(10_000)}`, /is too long/],
  ])('amqp 60: %s is refused, and why', async (_, password, reason) => {
    const connecting = kafkaOf(password()).admin().connect();

    await expect(connecting).rejects.toMatchObject({
      name: 'KafkaJSSASLAuthenticationError',
      message: expect.stringMatching(new RegExp(reason.source.replace('^', ''))),
    });
  });

  test('a policy without ServiceConnect is refused', async () => {
    const keys = await policyKeys();
    const password = withKey('registryReadWrite', keys.get('registryReadWrite')!);

    await expect(kafkaOf(password).admin().connect()).rejects.toThrow('hub does not accept it');
  });

  test('100 KB before the login close the connection', async () => {
    await expect(kafkaOf('x'.repeat(100_000)).admin().connect()).rejects.toThrow(
      /closed|disconnected|ECONNRESET|EPIPE/i,
    );
  });

  test('any other user is one of the cluster’s own, of which there is none', async () => {
    await expect(kafkaOf(own, 'service').admin().connect()).rejects.toThrow(
      'Authentication failed: Invalid username or password',
    );
  });
});

describe('what a reader may not', () => {
  test.each([
    ['another hub’s topic', () => otherHub.eventsTopic],
    ['a topic of Linchpin', () => 'linchpin.registry-changes'],
    ['a topic of Kafka', () => '__consumer_offsets'],
    ['a topic that is not there', () => 'linchpin.events.nowhere'],
  ])('amqp 60: read %s', async (_, topic) => {
    await expect(consume(kafkaOf(own), { topic: topic() })).rejects.toThrow(
      'Not authorized to access topics: [Topic authorization failed]',
    );
  });

  test.each([
    ['another hub’s group', () => newGroup(otherHub)],
    ['a group of Linchpin', () => 'linchpin.twin.registry-changes'],
    ['a group of any name', () => 'my-back-end'],
    ['a group of the topic’s name alone', () => hub.eventsTopic],
  ])('amqp 60: join %s', async (_, groupId) => {
    await expect(firstWord(own, groupId())).resolves.toContain('Group authorization failed');
  });

  test('send', async () => {
    const producer = kafkaOf(own).producer();
    await producer.connect();

    await expect(
      producer.send({ topic: hub.eventsTopic, messages: [{ value: 'forged' }] }),
    ).rejects.toThrow(/authoriz/i);
    await producer.disconnect();
  });

  test('have producer ids', async () => {
    const idempotent = kafkaOf(own).producer({ idempotent: true, retry: { retries: 1 } });
    await expect(idempotent.connect()).rejects.toThrow(/authoriz/i);
    await idempotent.disconnect();
  });

  test.each<[string, (admin: Admin) => Promise<unknown>]>([
    ['make a topic', (admin) => admin.createTopics({ topics: [{ topic: `made-${suffix}` }] })],
    ['delete the topic', (admin) => admin.deleteTopics({ topics: [hub.eventsTopic] })],
    ['give it partitions', (admin) => morePartitions(admin)],
    ['change how long it is kept', (admin) => admin.alterConfigs(retention)],
    ['see who may what', (admin) => admin.describeAcls(anyAcl)],
    ['see how the broker is configured', (admin) => admin.describeConfigs(brokerConfig)],
  ])('%s', async (_, act) => {
    const admin = await connectAdmin(own);

    await expect(act(admin).catch(reasonsOf)).resolves.toMatch(/authoriz|not allowed/i);
    await admin.disconnect();
  });

  test('see groups of others', async () => {
    const admin = await connectAdmin(own);
    const { groups } = await admin.listGroups();
    await admin.disconnect();

    const others = groups.filter(({ groupId }) => !groupId.startsWith(`${hub.eventsTopic}.`));
    expect(others).toEqual([]);
  });

  const anyAcl = {
    resourceType: AclResourceTypes.ANY,
    resourcePatternType: ResourcePatternTypes.ANY,
    operation: AclOperationTypes.ANY,
    permissionType: AclPermissionTypes.ANY,
  };
  const brokerConfig = {
    includeSynonyms: false,
    resources: [{ type: ConfigResourceTypes.BROKER, name: '1' }],
  };

  const retention = {
    validateOnly: false,
    resources: [
      {
        type: ConfigResourceTypes.TOPIC,
        name: hub.eventsTopic,
        configEntries: [{ name: 'retention.ms', value: '1' }],
      },
    ],
  };

  function morePartitions(admin: Admin): Promise<unknown> {
    const topicPartitions = [{ topic: hub.eventsTopic, count: 64 }];
    return admin.createPartitions({ topicPartitions });
  }

  /** kafkajs says of several topics which is at fault in errors of the error. */
  function reasonsOf(error: Error & { readonly errors?: readonly Error[] }): string {
    return [error, ...(error.errors ?? [])].map(({ message }) => message).join('; ');
  }
});

test('amqp 60: a key that is replaced loses access on open connections, the other does not', async () => {
  const keysOf = async (): Promise<{ primaryKey: string; secondaryKey: string }> => {
    const { body } = await administer('POST', `/${other}/IotHubKeys/service/listkeys`);
    return body as { primaryKey: string; secondaryKey: string };
  };
  const { primaryKey, secondaryKey } = await keysOf();
  const start = (key: string): Promise<RunningConsumer> =>
    consume(
      kafkaOf(eventHubsConnectionString({ host: otherHub.host, owner: { name: 'service', key } })),
      { topic: otherHub.eventsTopic, groupId: newGroup(otherHub) },
    );
  const [loser, keeper] = await Promise.all([start(primaryKey), start(secondaryKey)]);

  await administer('POST', `/${other}/IotHubKeys/service/regenerateKeys`, {
    keyType: 'primaryKey',
  });

  await expect(loser.ended).resolves.toMatch(/not authorized/i);
  await expect(start(primaryKey)).rejects.toThrow('hub does not accept it');
  await expect(Promise.race([keeper.ended, Promise.resolve('it goes on')])).resolves.toBe(
    'it goes on',
  );
  await Promise.all([loser.stop(), keeper.stop()]);
});
