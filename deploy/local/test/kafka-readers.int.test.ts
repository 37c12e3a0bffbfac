/**
 * The broker's plug-in of deploy/kafka in a real broker, before an api that is a stand-in: what it asks, what it makes of
 * each answer, and what becomes of readers while there is none. The real api is asked in test-e2e.
 */
import type { RequestListener } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { parseSasToken, verifySasSignature } from '@linchpin/auth';
import { eventually } from '@linchpin/testing';
import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  ResourcePatternTypes,
} from 'kafkajs';
import {
  answerJson,
  cutOff,
  grant,
  key,
  otherTopic,
  read,
  ReadersBroker,
  topic,
} from './support/readers-broker.js';
import { StandInApi } from './support/stand-in-api.js';

const startTimeoutMs = 300_000;
/** Of the listener, as many as Kafka has by itself. */
const networkThreads = 3;
const graceMs = 3_000;
const jaas =
  'org.apache.kafka.common.security.plain.PlainLoginModule required user_historian="its-password";';

let readers: ReadersBroker;
let api: StandInApi;
let trap: StandInApi;

beforeAll(async () => {
  readers = await ReadersBroker.start(process.env, [
    'linchpin.readers.recheck.ms=200',
    `linchpin.readers.grace.ms=${graceMs}`,
    'linchpin.readers.api.timeout.ms=1500',
    `listener.name.readers.plain.sasl.jaas.config=${jaas}`,
  ]);
  ({ api } = readers);
  trap = await StandInApi.start(readers.certificates.server[0], grant);
  await allowHistorian();
}, startTimeoutMs);

beforeEach(() => {
  api.answer = grant;
  api.questions.length = 0;
});

afterAll(async () => {
  await readers.stop();
  await trap.stop();
}, startTimeoutMs);

async function allowHistorian(): Promise<void> {
  const admin = readers.inside().admin();
  await admin.connect();
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
  await admin.disconnect();
}

/** Of those with the newest password; what counted before is asked for again and again. */
function questionsOfNewest(): number {
  return api.questions.filter(({ headers }) => isOfNewest(headers.authorization)).length;
}

function isOfNewest(token = ''): boolean {
  return token.endsWith(`&skn=${readers.newestPolicy}`);
}

const refused = expect.stringContaining('hub does not accept it');
describe('the api', () => {
  test('is asked with a token of five minutes, and never told the key', async () => {
    await expect(readers.login(readers.newPassword('sb://Plant.Example:5671'))).resolves.toBe('in');

    const own = api.questions.find(({ headers }) => isOfNewest(headers.authorization));
    const { url, headers } = own!;
    const token = parseSasToken(headers.authorization ?? '');
    const secondsLeft = (token.expiresAt.getTime() - Date.now()) / 1_000;
    expect(url).toBe('/messages/events?api-version=2021-04-12');
    expect(token).toMatchObject({ audience: 'plant.example', policy: readers.newestPolicy });
    expect(verifySasSignature(token, [key])).toBe(0);
    expect(secondsLeft > 280 && secondsLeft < 320).toBe(true);
    expect(JSON.stringify([url, headers])).not.toContain(key);
  });

  test.each(['sb', 'https'])(
    'is asked, and not whom %s:// of a connection string names',
    async (scheme) => {
      const endpoint = `${scheme}://127.0.0.1:${trap.port}/`;

      await expect(readers.login(readers.newPassword(endpoint))).resolves.toBe('in');
      expect(api.questions.length).toBeGreaterThan(0);
      expect(trap.connections).toBe(0);
    },
  );

  test('is asked once for many connections of one credential', async () => {
    const password = readers.newPassword();
    await readers.login(password);
    const before = questionsOfNewest();
    const startedAt = Date.now();

    await Promise.all(Array.from({ length: 20 }, () => readers.login(password)));

    // Every 200 ms it is asked again, whoever comes; what is late by that, each network thread asks itself.
    expect(questionsOfNewest() - before).toBeLessThanOrEqual(
      Math.ceil((Date.now() - startedAt) / 200) * (1 + networkThreads),
    );
  });

  test('that refuses is believed for a moment, however many come', async () => {
    api.answer = (_, response) => response.writeHead(401).end();
    const password = readers.newPassword();

    const logins = await Promise.all(Array.from({ length: 5 }, () => readers.login(password)));
    logins.push(await readers.login(password));

    expect(logins).toEqual(logins.map(() => refused));
    expect(questionsOfNewest()).toBeLessThanOrEqual(networkThreads);
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
    const password = readers.newPassword();
    const outcomes: string[] = [];

    // Shortly after a question that had no answer, none is asked.
    await eventually(async () => {
      outcomes.push(await readers.login(password));
      return questionsOfNewest() > 0;
    });

    expect(outcomes).toEqual(outcomes.map(() => cutOff));
    expect(trap.connections).toBe(0);
  });

  const trapUrl = (): string => `https://127.0.0.1:${trap.port}/`;
});

test('a hub for which the api hangs keeps no other away', async () => {
  await eventually(async () => (await readers.login(readers.newPassword())) === 'in');
  const isSlow = (token = ''): boolean => token.includes('sr=slow.example');
  api.answer = (request, response) => {
    (isSlow(request.headers.authorization) ? () => undefined : grant)(request, response);
  };

  const slow = Array.from({ length: 20 }, () =>
    readers.login(readers.newPassword('sb://slow.example/')),
  );
  const other = readers.login(readers.newPassword());

  await expect(other).resolves.toBe('in');
  await expect(Promise.all(slow)).resolves.toEqual(slow.map(() => cutOff));
  // One for each network thread, and the others are not asked.
  const asked = api.questions.filter(({ headers }) => isSlow(headers.authorization));
  expect(asked.length).toBeLessThanOrEqual(6);
});

describe('while the api is away', () => {
  beforeEach(async () => {
    // Shortly after a question that had no answer, none is asked.
    await eventually(async () => (await readers.login(readers.newPassword())) === 'in');
  });

  test('readers go on and may come again, for as long as is set, and then no longer', async () => {
    const password = readers.newPassword();
    const reading = await read(readers.outside(password));
    await expect(reading.first).resolves.toBe('stored');

    api.answer = (_, response) => response.writeHead(503).end();
    const awayAt = Date.now();
    await expect(readers.login(password)).resolves.toBe('in');
    await expect(reading.ended).resolves.toMatch(/not authorized/i);

    // What was proven 200 ms before the api went away counts that much less.
    expect(Date.now() - awayAt).toBeGreaterThanOrEqual(graceMs - 400);
    await reading.stop();
    await expect(readers.login(password)).resolves.toEqual(cutOff);
  });

  test('readers that it refuses when it is back lose access', async () => {
    const reading = await read(readers.outside(readers.newPassword()));
    await reading.first;

    api.answer = (_, response) => response.writeHead(401).end();

    await expect(reading.ended).resolves.toMatch(/not authorized/i);
    await reading.stop();
  });
});

describe('a user of the cluster', () => {
  test('reads what its ACLs say, in a group of any name, by the same listener', async () => {
    const reading = await read(readers.outside('its-password', 'historian'), 'history');

    await expect(reading.first).resolves.toBe('stored');
    await reading.stop();
    expect(
      api.questions.every(({ headers }) => !headers.authorization?.includes('historian')),
    ).toBe(true);
  });

  test('reads nothing else, and not without its password', async () => {
    const kafka = readers.outside('its-password', 'historian');

    await expect(read(kafka, 'history', otherTopic)).rejects.toThrow(/not authorized/i);
    await expect(readers.outside('another', 'historian').admin().connect()).rejects.toThrow(
      'Authentication failed: Invalid username or password',
    );
  });
});

test('an api with a certificate of somebody else is told nothing', async () => {
  const strangers = await readers.certificatesIn('strangers');
  api.showCertificate(strangers.server[0]);
  api.questions.length = 0;

  const outcome = await readers.login(readers.newPassword());

  expect([outcome, api.questions]).toEqual([cutOff, []]);
});
