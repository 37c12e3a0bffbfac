import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  ensureDefaultHub,
  type ControlPlane,
  type DefaultHub,
  type DefaultHubOptions,
} from './default-hub.js';
import { createAuthority, issueCertificate } from './tls/authority.js';

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly authorization: string | undefined;
  readonly body: string;
}

let server: Server;
let controlPlane: ControlPlane;
let seen: Seen[];
let answers: { readonly status: number; readonly body: unknown }[];

beforeEach(async () => {
  const now = new Date();
  const authority = await createAuthority('Test', 10, now);
  const issue = { names: ['localhost', '127.0.0.2'], keyType: 'ec', usages: ['server'] } as const;
  const issued = await issueCertificate(authority, { ...issue, validDays: 10, now });
  seen = [];
  server = createServer({ cert: issued.certificate, key: issued.key }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url, headers } = request;
      const body = Buffer.concat(chunks).toString();
      seen.push({ method, url, authorization: headers.authorization, body });
      const answer = answers.shift()!;
      response.writeHead(answer.status).end(JSON.stringify(answer.body));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  controlPlane = {
    address: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    hostName: 'localhost',
    authority: authority.certificate,
    adminToken: 'token',
  };
});

afterEach(async () => {
  server.close();
  await once(server, 'close');
});

function hubAs(properties: object = {}, status = 200): { status: number; body: object } {
  return {
    status,
    body: {
      properties: {
        hostName: 'localhost',
        hostNames: ['localhost', '127.0.0.1'],
        limits: 'unlimited',
        eventHubEndpoints: { events: { path: 'linchpin.events.local' } },
        ...properties,
      },
      sku: { name: 'S1' },
    },
  };
}

function policies(...rights: readonly (readonly [string, string])[]) {
  return {
    status: 200,
    body: {
      value: rights.map(([keyName, held]) => ({
        keyName,
        primaryKey: `key of ${keyName}`,
        rights: held,
      })),
    },
  };
}

const missing = { status: 404, body: { Message: 'ErrorCode:GenericNotFound' } };
const owner = ['iothubowner', 'RegistryWrite, ServiceConnect, DeviceConnect'] as const;
const standardPolicies = policies(['device', 'DeviceConnect'], owner);
const resource =
  '/subscriptions/local/resourceGroups/local/providers/Microsoft.Devices/IotHubs/local';

let said: string[];

function ensure(options: Partial<DefaultHubOptions> = {}): Promise<DefaultHub | undefined> {
  said = [];
  const say = (text: string): void => {
    said.push(text);
  };
  const hostNames = ['localhost', '127.0.0.1'];
  return ensureDefaultHub(controlPlane, { hostNames, limits: undefined, say, ...options });
}

function bodyOfPut(): unknown {
  return JSON.parse(seen.find(({ method }) => method === 'PUT')!.body);
}

test('makes the hub that is missing and asks for its keys, as an administrator does', async () => {
  answers = [missing, hubAs({}, 201), standardPolicies];

  const made = await ensure();

  expect(made).toEqual({
    hostName: 'localhost',
    eventsTopic: 'linchpin.events.local',
    limits: 'unlimited',
    sku: 'S1',
    policy: { name: 'iothubowner', primaryKey: 'key of iothubowner' },
  });
  expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
    `GET ${resource}?api-version=2023-06-30`,
    `PUT ${resource}?api-version=2023-06-30`,
    `POST ${resource}/listkeys?api-version=2023-06-30`,
  ]);
  expect(seen[0]?.authorization).toBe('Bearer token');
  expect(bodyOfPut()).toEqual({
    location: 'local',
    properties: { hostNames: ['localhost', '127.0.0.1'], limits: 'unlimited' },
  });
  expect(said).toEqual([]);
});

test('a hub that is there keeps what its administrators have set, limits among it', async () => {
  answers = [hubAs({ limits: 'tier' }), standardPolicies];

  expect(await ensure()).toMatchObject({ limits: 'tier' });
  expect(seen.map(({ method }) => method)).toEqual(['GET', 'POST']);
});

test('limits that are asked for are set, on an old hub too', async () => {
  answers = [hubAs(), hubAs({ limits: 'tier' }), standardPolicies];

  expect(await ensure({ limits: 'tier' })).toMatchObject({ limits: 'tier' });
  expect(bodyOfPut()).toEqual({ properties: { limits: 'tier' } });
});

test('names that are asked for later are told to be of no use, and the start goes on', async () => {
  answers = [hubAs(), standardPolicies];

  const found = await ensure({ hostNames: ['hub.example', '127.0.0.1'] });

  expect(found?.hostName).toBe('127.0.0.1');
  expect(said).toEqual([
    expect.stringMatching(
      /^the default hub has been localhost, 127\.0\.0\.1 .* as hub\.example\. /,
    ),
  ]);
});

test('an old hub that no asked name leads to keeps its first', async () => {
  answers = [hubAs(), standardPolicies];

  const found = await ensure({ hostNames: ['127.0.0.2'] });

  expect(found?.hostName).toBe('localhost');
  expect(said).toEqual([
    expect.stringContaining('not reached as 127.0.0.2.'),
    'clients reach it, by IOTHUB_CONNECTION_STRING too, only where LINCHPIN_LISTEN_ADDRESSES has ' +
      'the address of localhost or 127.0.0.1',
  ]);
});

test('where its name is that of another hub, the start goes on without it and says whose it is', async () => {
  const message = 'The host name hub.example belongs to the hub plant-7.';
  answers = [missing, { status: 409, body: { code: 'GenericConflict', message } }];

  expect(await ensure({ hostNames: ['hub.example', '127.0.0.2'] })).toBeUndefined();
  expect(said).toEqual([
    expect.stringMatching(
      /^there is no default hub, which would be hub\.example, 127\.0\.0\.2: The host name hub\.example belongs to the hub plant-7\. .*LINCHPIN_HOST_NAMES/,
    ),
  ]);
});

test('a connection string that the hub refuses is told', async () => {
  answers = [hubAs({ disableLocalAuth: true }), standardPolicies];

  expect(await ensure()).toMatchObject({ policy: { name: 'iothubowner' } });
  expect(said).toEqual([
    expect.stringMatching(/\(disableLocalAuth\): IOTHUB_CONNECTION_STRING is/),
  ]);
});

test.each([
  ['of another name', [['backend', owner[1]]], 'backend'],
  [
    'that may write and call',
    [
      ['a', 'RegistryWrite'],
      ['b', 'RegistryWrite, ServiceConnect'],
    ],
    'b',
  ],
  ['of the usual name before others', [['backend', owner[1]], owner], 'iothubowner'],
  [
    'that may more than the usual one',
    [
      ['iothubowner', 'RegistryRead'],
      ['z', owner[1]],
    ],
    'z',
  ],
] as const)('a policy %s will do', async (_, rights, name) => {
  answers = [hubAs(), policies(...rights)];

  expect(await ensure()).toMatchObject({ policy: { name, primaryKey: `key of ${name}` } });
  expect(said).toEqual([]);
});

test('a hub without a policy for back ends starts, and says what is missing', async () => {
  answers = [hubAs(), policies(['device', 'DeviceConnect'], ['a', 'ServiceConnect'])];

  expect(await ensure()).toMatchObject({ hostName: 'localhost', policy: undefined });
  expect(said).toEqual([
    expect.stringMatching(
      /^no policy .* RegistryWrite and ServiceConnect: connection\.env is without/,
    ),
  ]);
});

test('the certificate is checked against an address too', async () => {
  answers = [hubAs(), standardPolicies];
  controlPlane = { ...controlPlane, hostName: '127.0.0.2' };
  await expect(ensure()).resolves.toBeDefined();

  controlPlane = { ...controlPlane, hostName: '127.0.0.9' };
  await expect(ensure()).rejects.toThrow(/altnames/);
});

const refusal = { status: 503, body: { Message: 'ErrorCode:ServiceUnavailable' } };

test.each([
  ['GET', [refusal]],
  ['PUT', [missing, refusal]],
  ['PUT', [hubAs(), refusal]],
  ['POST', [hubAs(), hubAs(), refusal]],
])('a refusal of %s is told with its status and text', async (method, given) => {
  answers = [...given];

  await expect(ensure({ limits: 'tier' })).rejects.toMatchObject({
    message: expect.stringMatching(
      new RegExp(`^The api answered ${method} .* with 503: .*ServiceUnavailable`),
    ),
    remedy: 'See its log in the state folder, logs/api.log.',
  });
  expect(seen).toHaveLength(given.length);
});

test('an answer that lacks the topic is one of another version', async () => {
  answers = [hubAs({ eventHubEndpoints: {} })];

  await expect(ensure()).rejects.toThrow(
    "The api's answer has no properties.eventHubEndpoints.events.path.",
  );
});
