/**
 * Every operation of the api against every right, every role and the admin token, over HTTPS and with a
 * real registry behind it. What is expected stands here, as security-limits.md sections 2 and 3.4 have
 * it, and not in the api's own table: the two can differ.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { testHub, TestIssuer, testIssuerSettings, type HttpsAnswer } from '@linchpin/testing';
import { administrationOperations, serviceOperations } from '../src/http/operations.js';
import { unservedOperations } from '../src/http/unserved-operations.js';
import { withApiVersion } from './support/exchange.js';
import { askHub, createOwnHub, deleteOwnHub, type OwnHub } from './support/hub-under-test.js';

jest.setTimeout(60_000);

/** By letter, as the rows below name them: a policy with this right and no other, or with all. */
const policies = {
  r: 'registryRead',
  w: 'registryReadWrite',
  s: 'service',
  d: 'device',
  a: 'iothubowner',
} as const;

const roles = {
  C: 'data contributor',
  R: 'data reader',
  G: 'registry contributor',
  T: 'twin contributor',
  V: 'reader',
  O: 'owner',
} as const;

/** Who may; a device's own operations, marked `device`, are open to none of these. */
const service: Readonly<Record<string, string>> = {
  'GET /devices': 'rwa CRG',
  'GET /devices/{deviceId}': 'rwa CRG',
  'PUT /devices/{deviceId}': 'wa CG',
  'DELETE /devices/{deviceId}': 'wa CG',
  'GET /devices/{deviceId}/modules': 'rwa CRG',
  'GET /devices/{deviceId}/modules/{moduleId}': 'rwa CRG',
  'PUT /devices/{deviceId}/modules/{moduleId}': 'wa CG',
  'DELETE /devices/{deviceId}/modules/{moduleId}': 'wa CG',
  'GET /statistics/devices': 'rwa CRG',
  'GET /statistics/service': 'rwsa CRG',
  'POST /devices': 'wa CG',
  'POST /devices/keys/regenerate': 'wa CG',
  'POST /devices/query': 'sa CRT',
  'GET /twins/{deviceId}': 'sa CRT',
  'PATCH /twins/{deviceId}': 'sa CT',
  'PUT /twins/{deviceId}': 'sa CT',
  'GET /twins/{deviceId}/modules/{moduleId}': 'sa CRT',
  'PATCH /twins/{deviceId}/modules/{moduleId}': 'sa CT',
  'PUT /twins/{deviceId}/modules/{moduleId}': 'sa CT',
  'POST /twins/{deviceId}/methods': 'sa C',
  'POST /twins/{deviceId}/modules/{moduleId}/methods': 'sa C',
  'GET /digitaltwins/{deviceId}': 'sa CR',
  'PATCH /digitaltwins/{deviceId}': 'sa C',
  'POST /digitaltwins/{deviceId}/commands/{command}': 'sa C',
  'POST /digitaltwins/{deviceId}/components/{component}/commands/{command}': 'sa C',
  'DELETE /devices/{deviceId}/commands': 'sa C',
  'POST /devices/{deviceId}/messages/deviceBound': 'sa C',
  'POST /devices/{deviceId}/modules/{moduleId}/messages/deviceBound': 'sa C',
  'GET /messages/serviceBound/feedback': 'sa C',
  'DELETE /messages/serviceBound/feedback/{lockToken}': 'sa C',
  'POST /messages/serviceBound/feedback/{lockToken}/abandon': 'sa C',
  // Of no use to a bearer, whose token no broker takes.
  'GET /messages/events': 'sa',
  'GET /messages/serviceBound/filenotifications': 'sa C',
  'DELETE /messages/serviceBound/filenotifications/{lockToken}': 'sa C',
  'POST /messages/serviceBound/filenotifications/{lockToken}/abandon': 'sa C',
  'GET /jobs': 'rwa CRG',
  'POST /jobs/create': 'wa CG',
  'GET /jobs/{jobId}': 'rwa CRG',
  'DELETE /jobs/{jobId}': 'wa CG',
  'GET /jobs/v2/query': 'sa CR',
  'GET /jobs/v2/{jobId}': 'sa CR',
  'PUT /jobs/v2/{jobId}': 'sa C',
  'POST /jobs/v2/{jobId}/cancel': 'sa C',
  'GET /configurations': 'rwa CRG',
  'POST /configurations/testQueries': 'rwa CRG',
  'GET /configurations/{configurationId}': 'rwa CRG',
  'PUT /configurations/{configurationId}': 'wa CG',
  'DELETE /configurations/{configurationId}': 'wa CG',
  'POST /devices/{deviceId}/applyConfigurationContent': 'wsa CG',
  'GET /devices/{deviceId}/modules/{moduleId}/devicesAndModulesInDeviceScope': 'device',
  'GET /devices/{deviceId}/modules/{moduleId}/deviceAndModuleInDeviceScope': 'device',
  'POST /devices/{deviceId}/modules/{moduleId}/devicesAndModulesInTargetDeviceScope': 'device',
  'POST /devices/{deviceId}/modules/{moduleId}/getDeviceAndModuleOnBehalfOf': 'device',
};

const group = '/subscriptions/{subscriptionId}/resourceGroups/{resourceGroup}';
const iotHubs = '/providers/Microsoft.Devices/IotHubs';
const hub = `${group}${iotHubs}/{name}`;
const consumerGroups = `${hub}/eventHubEndpoints/{endpoint}/ConsumerGroups`;
const certificates = `${hub}/certificates`;

/** The admin token may do all of it. */
const administration: Readonly<Record<string, string>> = {
  [`GET /subscriptions/{subscriptionId}${iotHubs}`]: 'VO',
  [`GET ${group}${iotHubs}`]: 'VO',
  'GET /subscriptions/{subscriptionId}/providers/Microsoft.Devices/auditLog': 'VO',
  'GET /subscriptions/{subscriptionId}/providers/Microsoft.Devices/usages': 'VO',
  'POST /subscriptions/{subscriptionId}/providers/Microsoft.Devices/checkNameAvailability': 'O',
  'GET /providers/Microsoft.Devices/operations': 'VO',
  [`GET ${hub}`]: 'VO',
  [`PUT ${hub}`]: 'O',
  [`PATCH ${hub}`]: 'O',
  [`DELETE ${hub}`]: 'O',
  [`GET ${hub}/auditLog`]: 'VO',
  [`POST ${hub}/listkeys`]: 'O',
  [`POST ${hub}/IotHubKeys/{keyName}/listkeys`]: 'O',
  [`POST ${hub}/IotHubKeys/{keyName}/regenerateKeys`]: 'O',
  [`GET ${hub}/IotHubStats`]: 'VO',
  [`GET ${hub}/quotaMetrics`]: 'VO',
  [`GET ${hub}/skus`]: 'VO',
  [`GET ${consumerGroups}`]: 'VO',
  [`GET ${consumerGroups}/{consumerGroup}`]: 'VO',
  [`PUT ${consumerGroups}/{consumerGroup}`]: 'O',
  [`DELETE ${consumerGroups}/{consumerGroup}`]: 'O',
  [`GET ${certificates}`]: 'VO',
  [`GET ${certificates}/{certificateName}`]: 'VO',
  [`PUT ${certificates}/{certificateName}`]: 'O',
  [`DELETE ${certificates}/{certificateName}`]: 'O',
  [`POST ${certificates}/{certificateName}/generateVerificationCode`]: 'O',
  [`POST ${certificates}/{certificateName}/verify`]: 'O',
  [`GET ${hub}/routingEndpointsHealth`]: 'VO',
  [`POST ${hub}/routing/routes/$testall`]: 'VO',
  [`POST ${hub}/routing/routes/$testnew`]: 'VO',
  [`POST ${hub}/failover`]: 'O',
  [`GET ${hub}/privateLinkResources`]: 'VO',
  [`GET ${hub}/privateLinkResources/{groupId}`]: 'VO',
  [`GET ${hub}/privateEndpointConnections`]: 'VO',
  [`GET ${hub}/privateEndpointConnections/{connectionName}`]: 'VO',
  [`PUT ${hub}/privateEndpointConnections/{connectionName}`]: 'O',
  [`DELETE ${hub}/privateEndpointConnections/{connectionName}`]: 'O',
  [`GET ${hub}/jobs`]: 'VO',
  [`GET ${hub}/jobs/{jobId}`]: 'VO',
  [`POST ${hub}/exportDevices`]: 'O',
  [`POST ${hub}/importDevices`]: 'O',
};

/** Answered to whoever has a role on any hub, with the hubs of the role; all else without a hub is not. */
const ofSomeHub = [
  `GET /subscriptions/{subscriptionId}${iotHubs}`,
  `GET ${group}${iotHubs}`,
  'GET /providers/Microsoft.Devices/operations',
];

/** Of a hub that there is not it is a creation, which takes a role on all hubs. */
const creation = `PUT ${hub}`;

let issuer: TestIssuer;
let own: OwnHub;

beforeAll(async () => {
  issuer = await TestIssuer.start(testIssuerSettings());
  own = await createOwnHub(`rights-${randomUUID().slice(0, 8)}`);
});

afterAll(async () => {
  await deleteOwnHub(own);
  await issuer.pause();
});

/** A hub that is nobody's: what is allowed finds nothing, and changes nothing. */
const noHub = 'rights-nobodys';

function send(row: string, authorization: string | undefined): Promise<HttpsAnswer> {
  const [method = '', path = ''] = row.split(' ');
  const filled = path.replace('{name}', noHub).replace(/\{\w+\}/g, 'x');
  return askHub({
    method,
    path: withApiVersion(filled),
    // A tag that nothing has, and a body that says nothing: what is allowed changes nothing.
    headers: {
      'if-match': '"never"',
      host: own.hostName,
      ...(authorization !== undefined && { authorization }),
    },
    ...(method !== 'GET' && { body: {} }),
  });
}

const bearers = new Map<string, Promise<string>>();

async function bearer(role: string): Promise<string> {
  const token = bearers.get(role) ?? issuer.sign({ roles: [role] });
  bearers.set(role, token);
  return `Bearer ${await token}`;
}

/** Passed every check of who asks; what became of it then is for other tests. */
function expectAllowed({ status, errorCode, text }: HttpsAnswer, who: string): void {
  const isRefused = status === 401 || status === 403 || status >= 500;
  expect({ who, isRefused, errorCode, text }).toMatchObject({ isRefused: false });
}

function expectRefused({ status, errorCode }: HttpsAnswer, who: string): void {
  expect({ who, status, errorCode }).toEqual({
    who,
    status: 401,
    errorCode: 'IotHubUnauthorizedAccess',
  });
}

test('every operation has a row here, and every row is an operation', () => {
  const rowOf = ({ method, path }: (typeof serviceOperations)[number]): string =>
    `${method} ${path}`;
  const operations = [...serviceOperations, ...administrationOperations, ...unservedOperations];

  expect(operations.map(rowOf).sort()).toEqual(
    [...Object.keys(service), ...Object.keys(administration)].sort(),
  );
});

describe('security-limits 7, 8, 9, 13: the service REST API', () => {
  const rows = Object.entries(service).filter(([, who]) => who !== 'device');

  test.each(rows)('%s is for %s', async (row, who) => {
    const asPolicies = Object.entries(policies).map(async ([letter, policy]) => {
      const answer = await send(row, own.tokenOf(policy));
      (who.includes(letter) ? expectAllowed : expectRefused)(answer, policy);
    });
    const asRoles = Object.entries(roles).map(async ([letter, role]) => {
      const expectThat = who.includes(letter) ? expectAllowed : expectRefused;
      expectThat(await send(row, await bearer(role)), role);
      expectThat(await send(row, await bearer(`${role}@${own.name}`)), `${role} here`);
      expectRefused(await send(row, await bearer(`${role}@local`)), `${role} elsewhere`);
    });
    await Promise.all([...asPolicies, ...asRoles]);
    expectRefused(await send(row, undefined), 'nobody');
    expectRefused(await send(row, `Bearer ${testHub().adminToken}`), 'the admin token');
  });
});

describe('the control plane', () => {
  test.each(Object.entries(administration))('%s is for %s', async (row, who) => {
    const takesSomeHub = ofSomeHub.includes(row);
    const asRoles = Object.entries(roles).map(async ([letter, role]) => {
      const may = who.includes(letter);
      const mayHere = may && (takesSomeHub || (row.includes('{name}') && row !== creation));
      const here = await send(row, await bearer(`${role}@${noHub}`));
      const elsewhere = await send(row, await bearer(`${role}@${own.name}`));
      expectAdministered(await send(row, await bearer(role)), role, may);
      expectAdministered(here, `${role} here`, mayHere);
      expectAdministered(elsewhere, `${role} elsewhere`, may && takesSomeHub);
    });
    await Promise.all(asRoles);
    expectAllowed(await send(row, `Bearer ${testHub().adminToken}`), 'the admin token');
    for (const authorization of [undefined, own.tokenOf('iothubowner'), 'Bearer not-this-one']) {
      const { status, errorCode } = await send(row, authorization);
      expect([status, errorCode]).toEqual([401, 'GenericUnauthorized']);
    }
  });
});

function expectAdministered(answer: HttpsAnswer, who: string, may: boolean): void {
  if (may) {
    expectAllowed(answer, who);
  } else {
    const { status, errorCode } = answer;
    expect({ who, status, errorCode }).toEqual({
      who,
      status: 403,
      errorCode: 'GenericForbidden',
    });
  }
}

test.each(Object.keys(service).filter((row) => service[row] === 'device'))(
  '%s is for a device’s own credential, which nobody can show yet',
  async (row) => {
    for (const authorization of [undefined, own.tokenOf('iothubowner'), await bearer('owner')]) {
      expect((await send(row, authorization)).errorCode).toBe('FeatureNotSupported');
    }
  },
);
