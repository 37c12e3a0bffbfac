/**
 * The broker's plug-in of deploy/kafka in a real broker, before an api that is a stand-in: what it asks, what it makes of
 * each answer, and what becomes of readers while there is none. The real api is asked in test-e2e.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { parseSasToken, verifySasSignature } from '@linchpin/auth';
import { eventually, eventuallyPasses } from '@linchpin/testing';
import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  Kafka,
  logLevel,
  ResourcePatternTypes,
} from 'kafkajs';
import { ensureCertificates, type CertificateFiles } from '../src/tls/certificate-files.js';
import { StandInApi } from './support/stand-in-api.js';
import { TestBroker } from './support/test-broker.js';

const startTimeoutMs = 300_000;
const topic = 't.events.plant';
const otherTopic = 't.events.mill';
const key = Buffer.alloc(32, 5).toString('base64');
const graceMs = 2_000;
const jaas =
  'org.apache.kafka.common.security.plain.PlainLoginModule required user_historian="its-password";';

let folder: string;
let certificates: CertificateFiles;
let api: StandInApi;
let trap: StandInApi;
let broker: TestBroker;
let policies = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'linchpin-readers-'));
  certificates = await certificatesIn('tls');
  const [server] = certificates.server;
  api = await StandInApi.start(server, grant);
  trap = await StandInApi.start(server, grant);
  const certificateFile = join(folder, 'readers.pem');
  writeFileSync(
    certificateFile,
    readFileSync(server.keyFile, 'utf8') + readFileSync(server.certificateFile, 'utf8'),
  );
  const { authorityFile } = certificates;
  const apiUrl = `https://127.0.0.1:${api.port}`;
  const { PATH = '', HOME = '', JAVA_HOME = '' } = process.env;
  const readers = { apiUrl, authorityFile, certificateFile };
  broker = await TestBroker.start({ PATH, HOME, JAVA_HOME }, folder, readers, [
    'linchpin.readers.recheck.ms=200',
    `linchpin.readers.grace.ms=${graceMs}`,
    'linchpin.readers.api.timeout.ms=500',
    `listener.name.readers.plain.sasl.jaas.config=${jaas}`,
  ]);
  await prepareTopics();
  // The first question takes a cold virtual machine longer than it may take here.
  await eventually(async () => (await login(newPassword())) === 'in');
}, startTimeoutMs);

beforeEach(() => {
  api.answer = grant;
  api.questions.length = 0;
});

afterAll(async () => {
  await broker.stop();
  await Promise.all([api.stop(), trap.stop()]);
  rmSync(folder, { recursive: true });
}, startTimeoutMs);

function certificatesIn(name: string): Promise<CertificateFiles> {
  const reporter = { say: () => undefined, log: () => undefined };
  const names = ['localhost', '127.0.0.1'];
  mkdirSync(join(folder, name));
  return ensureCertificates(join(folder, name), names, new Date(), reporter);
}

/** Whoever works inside, without a password. */
function inside(): Kafka {
  return new Kafka({ brokers: [broker.inside], logLevel: logLevel.NOTHING });
}

async function prepareTopics(): Promise<void> {
  const admin = inside().admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic }, { topic: otherTopic }] });
  const mayRead = {
    principal: 'User:historian',
    host: '*',
    permissionType: AclPermissionTypes.ALLOW,
    operation: AclOperationTypes.READ,
    resourcePatternType: ResourcePatternTypes.LITERAL,
  };
  await admin.createAcls({
    acl: [
      { ...mayRead, resourceType: AclResourceTypes.TOPIC, resourceName: topic },
      { ...mayRead, resourceType: AclResourceTypes.GROUP, resourceName: 'history' },
    ],
  });
  // Kafka makes its topic of offsets for the first group, and clients here ask once.
  await eventuallyPasses(async () => {
    await admin.fetchOffsets({ groupId: 'first', topics: [topic] });
  });
  await admin.disconnect();
  const producer = inside().producer();
  await producer.connect();
  await producer.send({ topic, messages: [{ key: 'd1', value: 'stored' }] });
  await producer.disconnect();
}

/** Takes every policy for one that may read the topic. */
function grant({ headers }: IncomingMessage, response: ServerResponse): void {
  const { policy } = parseSasToken(headers.authorization ?? '');
  answerJson(response, { hub: 'plant', policy, path: topic });
}

function answerJson(response: ServerResponse, body: object): void {
  response.end(JSON.stringify(body));
}

/** Of a policy that nobody has shown yet, so that the api must be asked. */
function newPassword(endpoint = 'sb://plant.example/'): string {
  policies += 1;
  return `Endpoint=${endpoint};SharedAccessKeyName=p${policies};SharedAccessKey=${key}`;
}

/** Of those with the newest password; what counted before is asked for again and again. */
function questionsOfNewest(): number {
  return api.questions.filter(({ headers }) => isOfNewest(headers.authorization)).length;
}

function isOfNewest(token = ''): boolean {
  return token.endsWith(`&skn=p${policies}`);
}

function outside(password: string, username = '$ConnectionString'): Kafka {
  return new Kafka({
    brokers: [broker.outside],
    ssl: { ca: [readFileSync(certificates.authorityFile)] },
    sasl: { mechanism: 'plain', username, password },
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
  });
}

/** What the login ends with; `in` when it counts. */
async function login(password: string): Promise<string> {
  const admin = outside(password).admin();
  try {
    await admin.connect();
    return 'in';
  } catch (error) {
    return (error as Error).message;
  } finally {
    await admin.disconnect();
  }
}

interface Reading {
  readonly first: Promise<string>;
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

async function read(
  kafka: Kafka,
  groupId = `${topic}.${randomUUID()}`,
  from = topic,
): Promise<Reading> {
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 50, retry: { retries: 0 } });
  const ended = new Promise<string>((resolve) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      resolve(payload.error.message);
    });
  });
  await consumer.connect();
  await consumer.subscribe({ topic: from, fromBeginning: true });
  let found: (value: string) => void = () => undefined;
  const first = new Promise<string>((resolve) => {
    found = resolve;
  });
  await consumer.run({
    eachMessage: ({ message }) => {
      found(String(message.value));
      return Promise.resolve();
    },
  });
  return { first, ended, stop: () => consumer.disconnect() };
}

const refused = expect.stringContaining('hub does not accept it');
/** kafkajs's word for a connection that breaks while it logs in. */
const cutOff = expect.stringMatching(/closed|disconnected|ECONNRESET/i);

describe('the api', () => {
  test('is asked with a token of five minutes, and never told the key', async () => {
    await expect(login(newPassword('sb://Plant.Example:5671'))).resolves.toBe('in');

    const own = api.questions.find(({ headers }) => isOfNewest(headers.authorization));
    const { url, headers } = own!;
    const token = parseSasToken(headers.authorization ?? '');
    const secondsLeft = (token.expiresAt.getTime() - Date.now()) / 1_000;
    expect(url).toBe('/messages/events?api-version=2021-04-12');
    expect(token).toMatchObject({ audience: 'plant.example', policy: `p${policies}` });
    expect(verifySasSignature(token, [key])).toBe(0);
    expect(secondsLeft > 280 && secondsLeft < 320).toBe(true);
    expect(JSON.stringify([url, headers])).not.toContain(key);
  });

  test.each(['sb', 'https'])(
    'is asked, and not whom %s:// of a connection string names',
    async (scheme) => {
      const endpoint = `${scheme}://127.0.0.1:${trap.port}/`;

      await expect(login(newPassword(endpoint))).resolves.toBe('in');
      expect(api.questions.length).toBeGreaterThan(0);
      expect(trap.connections).toBe(0);
    },
  );

  test('is asked once for many connections of one credential', async () => {
    const password = newPassword();
    await login(password);
    const before = questionsOfNewest();
    const startedAt = Date.now();

    await Promise.all(Array.from({ length: 20 }, () => login(password)));

    // It is asked again every 200 ms, whoever comes.
    expect(questionsOfNewest() - before).toBeLessThanOrEqual(
      Math.ceil((Date.now() - startedAt) / 200) + 1,
    );
  });

  test('that refuses is believed for a moment, however many come', async () => {
    api.answer = (_, response) => response.writeHead(401).end();
    const password = newPassword();

    const logins = await Promise.all(Array.from({ length: 5 }, () => login(password)));
    logins.push(await login(password));

    expect(logins).toEqual(logins.map(() => refused));
    // At most one for each of the listener's network threads.
    expect(questionsOfNewest()).toBeLessThanOrEqual(3);
  });
});

describe('nobody is refused, and nobody is let in, where the api', () => {
  const good = { hub: 'plant', policy: 'p', path: topic };
  const body = JSON.stringify(good);
  const say =
    (answer: object): RequestListener =>
    (_, response) => {
      answerJson(response, answer);
    };

  test.each<[string, RequestListener]>([
    ['fails', (_, response) => response.writeHead(503).end()],
    ['has too much to do', (_, response) => response.writeHead(429).end()],
    ['has no such path', (_, response) => response.writeHead(404).end()],
    ['hangs', () => undefined],
    [
      'begins and hangs',
      (_, response) => response.writeHead(200, { 'content-length': 99 }).write('{'),
    ],
    ['breaks off', ({ socket }) => socket.destroy()],
    ['sends elsewhere', (_, response) => response.writeHead(302, { location: trapUrl() }).end()],
    ['does not say how much it answers', (_, response) => response.write(body) && response.end()],
    ['answers too much', (_, response) => response.end(body.padEnd(20_000))],
    ['answers no JSON', (_, response) => response.end('<html>')],
    ['names no topic', say({ ...good, path: undefined })],
    ['names a topic that is none', say({ ...good, path: '*' })],
    ['names a hub of two lines', say({ ...good, hub: 'a\nb' })],
  ])('%s', async (_, answer) => {
    api.answer = (request, response) => {
      (isOfNewest(request.headers.authorization) ? answer : grant)(request, response);
    };
    const password = newPassword();
    const outcomes: string[] = [];

    // Shortly after a question that had no answer, none is asked.
    await eventually(async () => {
      outcomes.push(await login(password));
      return questionsOfNewest() > 0;
    });

    expect(outcomes).toEqual(outcomes.map(() => cutOff));
    expect(trap.connections).toBe(0);
  });

  const trapUrl = (): string => `https://127.0.0.1:${trap.port}/`;
});

test('a hub for which the api hangs keeps no other away', async () => {
  await eventually(async () => (await login(newPassword())) === 'in');
  const isSlow = (token = ''): boolean => token.includes('sr=slow.example');
  api.answer = (request, response) => {
    (isSlow(request.headers.authorization) ? () => undefined : grant)(request, response);
  };

  const slow = Array.from({ length: 20 }, () => login(newPassword('sb://slow.example/')));
  const other = login(newPassword());

  await expect(other).resolves.toBe('in');
  await expect(Promise.all(slow)).resolves.toEqual(slow.map(() => cutOff));
  // One for each network thread, and the others are not asked.
  const asked = api.questions.filter(({ headers }) => isSlow(headers.authorization));
  expect(asked.length).toBeLessThanOrEqual(6);
});

describe('while the api is away', () => {
  beforeEach(async () => {
    // Shortly after a question that had no answer, none is asked.
    await eventually(async () => (await login(newPassword())) === 'in');
  });

  test('readers go on and may come again, for as long as is set, and then no longer', async () => {
    const password = newPassword();
    const reading = await read(outside(password));
    await expect(reading.first).resolves.toBe('stored');

    api.answer = (_, response) => response.writeHead(503).end();
    const awayAt = Date.now();
    await expect(login(password)).resolves.toBe('in');
    await expect(reading.ended).resolves.toMatch(/not authorized/i);

    // What was proven 200 ms before the api went away counts that much less.
    expect(Date.now() - awayAt).toBeGreaterThanOrEqual(graceMs - 400);
    await reading.stop();
    await expect(login(password)).resolves.toEqual(cutOff);
  });

  test('readers that it refuses when it is back lose access', async () => {
    const reading = await read(outside(newPassword()));
    await reading.first;

    api.answer = (_, response) => response.writeHead(401).end();

    await expect(reading.ended).resolves.toMatch(/not authorized/i);
    await reading.stop();
  });
});

describe('a user of the cluster', () => {
  test('reads what its ACLs say, in a group of any name, by the same listener', async () => {
    const reading = await read(outside('its-password', 'historian'), 'history');

    await expect(reading.first).resolves.toBe('stored');
    await reading.stop();
    expect(
      api.questions.every(({ headers }) => !headers.authorization?.includes('historian')),
    ).toBe(true);
  });

  test('reads nothing else, and not without its password', async () => {
    const kafka = outside('its-password', 'historian');

    await expect(read(kafka, 'history', otherTopic)).rejects.toThrow(/not authorized/i);
    await expect(outside('another', 'historian').admin().connect()).rejects.toThrow(
      'Authentication failed: Invalid username or password',
    );
  });
});

test('an api with a certificate of somebody else is told nothing', async () => {
  const strangers = await certificatesIn('strangers');
  api.showCertificate(strangers.server[0]);
  api.questions.length = 0;

  const outcome = await login(newPassword());

  expect([outcome, api.questions]).toEqual([cutOff, []]);
});
