import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createDefaultHub, type ControlPlane } from './default-hub.js';
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

const hub = {
  status: 201,
  body: {
    properties: {
      hostName: 'localhost',
      eventHubEndpoints: { events: { path: 'linchpin.events.local' } },
    },
  },
};
const key = { status: 200, body: { keyName: 'iothubowner', primaryKey: 'a2V5', rights: 'x' } };
const resource =
  '/subscriptions/local/resourceGroups/local/providers/Microsoft.Devices/IotHubs/local';

test('puts the hub and asks for its key, as an administrator does', async () => {
  answers = [hub, key];

  const created = await createDefaultHub(controlPlane, {
    hostNames: ['localhost', '127.0.0.1'],
    limits: 'unlimited',
  });

  expect(created).toEqual({
    hostName: 'localhost',
    eventsTopic: 'linchpin.events.local',
    limits: 'unlimited',
    policyName: 'iothubowner',
    primaryKey: 'a2V5',
  });
  expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
    `PUT ${resource}?api-version=2023-06-30`,
    `POST ${resource}/IotHubKeys/iothubowner/listkeys?api-version=2023-06-30`,
  ]);
  expect(seen[0]?.authorization).toBe('Bearer token');
  expect(JSON.parse(seen[0]!.body)).toEqual({
    location: 'local',
    properties: { hostNames: ['localhost', '127.0.0.1'], limits: 'unlimited' },
  });
});

test('the certificate is checked against an address too', async () => {
  answers = [hub, key, hub, key];
  const at = (hostName: string): ControlPlane => ({ ...controlPlane, hostName });

  await expect(
    createDefaultHub(at('127.0.0.2'), { hostNames: ['127.0.0.2'], limits: 'tier' }),
  ).resolves.toBeDefined();
  await expect(
    createDefaultHub(at('127.0.0.9'), { hostNames: ['127.0.0.9'], limits: 'tier' }),
  ).rejects.toThrow(/altnames/);
});

test('a refusal is told with its status and text', async () => {
  answers = [{ status: 401, body: { Message: 'IotHubUnauthorized' } }];

  await expect(
    createDefaultHub(controlPlane, { hostNames: ['localhost'], limits: 'tier' }),
  ).rejects.toMatchObject({
    message: expect.stringMatching(/^The api answered PUT .* with 401: .*IotHubUnauthorized/),
    remedy: 'See its log in the state folder, logs/api.log.',
  });
});

test('an answer that lacks the topic is one of another version', async () => {
  answers = [{ status: 200, body: { properties: { hostName: 'localhost' } } }, key];

  await expect(
    createDefaultHub(controlPlane, { hostNames: ['localhost'], limits: 'tier' }),
  ).rejects.toThrow("The api's answer has no properties.eventHubEndpoints.events.path.");
});
