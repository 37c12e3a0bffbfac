import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  AuthenticationKind,
  AuthenticationScope,
  AuthenticationType,
  ConnectionState,
  HubState,
  IdentityStatus,
  IpFilterAction,
  KeySide,
} from '@linchpin/contracts';
import type { GrpcTls } from '@linchpin/platform/config';
import { createTestCertificate } from '@linchpin/testing';
import {
  type ActiveHub,
  client,
  createHub,
  definition,
  hubRequest,
  sasKeys,
  token,
  withToken,
} from './support/requests.js';
import {
  connectTo,
  createTestDeployment,
  freeAddress,
  type TestDeployment,
  type TestRegistry,
} from './support/start-test-registry.js';

const folder = mkdtempSync(join(tmpdir(), 'registry-'));
let deployment: TestDeployment;

beforeAll(async () => {
  deployment = await createTestDeployment();
});

afterAll(async () => {
  await deployment.close();
  rmSync(folder, { recursive: true });
});

function createTls(name: string): GrpcTls {
  const files = createTestCertificate(folder, name, 'ec');
  const certificate = readFileSync(files.certificate, 'utf8');
  return { certificate, key: readFileSync(files.key, 'utf8'), authority: certificate };
}

describe.each([
  ['plain TCP', () => undefined],
  ['mutual TLS', () => createTls('registry')],
])('every rpc over %s', (_transport, tls) => {
  let registry: TestRegistry;
  let hub: ActiveHub;

  beforeAll(async () => {
    registry = await deployment.start({ grpc: { listen: await freeAddress(), tls: tls() } });
    hub = await createHub(registry);
  });

  afterAll(() => registry.stop());

  test('createHub, getHub, listHubs, countHubs, listPolicies, deleteHub', async () => {
    const request = hubRequest({ name: 'Made', partitionCount: 2, retentionDays: 3 });
    const { hub: made, created } = await registry.hubs.createHub(request);
    expect(created).toBe(true);
    expect(made).toEqual({
      ...request,
      hubGeneration: expect.stringMatching(/^\d+$/),
      hostNames: ['made.example.net'],
      telemetryTopic: `${deployment.topicPrefix}.events.made`,
      state: HubState.ACTIVE,
      etag: expect.stringMatching(/^[A-Za-z0-9+/]+=*$/),
      settings: {
        tags: {},
        limits: { sku: 'S1', units: 1, unlimited: false },
        disableLocalAuth: false,
        disableDeviceSas: false,
        disableModuleSas: false,
        ipFilterRules: [],
        keptPropertiesJson: expect.stringMatching(/^{"routing":.*"features":"None"}$/),
      },
    });
    expect(await registry.hubs.getHub({ name: 'MADE' })).toEqual({ hub: made });
    expect(await registry.hubs.listHubs({ after: 'mad' })).toEqual({ hubs: [made] });
    const { subscriptionId } = request;
    const { free, paid } = await registry.hubs.countHubs({ subscriptionId });
    expect({ free, hasPaid: paid > 0 }).toEqual({ free: 0, hasPaid: true });
    const { policies } = await registry.hubs.listPolicies({ hub: 'made' });
    expect(policies.map(({ name, rights }) => ({ name, rights }))).toEqual([
      { name: 'device', rights: 8 },
      { name: 'iothubowner', rights: 15 },
      { name: 'registryRead', rights: 1 },
      { name: 'registryReadWrite', rights: 3 },
      { name: 'service', rights: 4 },
    ]);
    expect(await registry.hubs.createHub(request)).toEqual({ hub: made, created: false });
    expect(await registry.hubs.deleteHub({ name: 'made' })).toEqual({});
    await expect(registry.hubs.getHub({ name: 'made' })).rejects.toMatchObject({
      code: 'GenericNotFound',
    });
  });

  test('createHub and updateHub with all that can be chosen; regeneratePolicyKey', async () => {
    const rule = { filterName: 'all', action: IpFilterAction.REJECT, ipMask: '0.0.0.0/0' };
    const storage = {
      connectionString: 'AccountName=a;AccountKey=c2VjcmV0',
      containerName: 'files',
    };
    const changes = {
      tags: { tags: { place: 'Köln' } },
      sku: 'S2',
      units: 3,
      unlimited: true,
      disableLocalAuth: true,
      disableDeviceSas: true,
      disableModuleSas: true,
      ipFilterRules: { rules: [rule] },
      minTlsVersion: '1.2',
      keptPropertiesJson: JSON.stringify({ storageEndpoints: { $default: storage } }),
      policies: { policies: [{ name: 'mine', rights: 12 }] },
    };
    const request = hubRequest({ changes });
    const { hub: made } = await registry.hubs.createHub(request);
    expect(made?.settings).toEqual({
      tags: { place: 'Köln' },
      limits: { sku: 'S2', units: 3, unlimited: true },
      disableLocalAuth: true,
      disableDeviceSas: true,
      disableModuleSas: true,
      ipFilterRules: [rule],
      minTlsVersion: '1.2',
      keptPropertiesJson: expect.stringContaining(
        '"connectionString":"AccountName=a;AccountKey=****"',
      ),
    });
    const { policies } = await registry.hubs.listPolicies({ hub: request.name });
    expect(policies).toMatchObject([{ name: 'mine', rights: 12 }]);

    const { hub: updated } = await registry.hubs.updateHub({
      name: request.name,
      ifMatch: made?.etag,
      hostNames: [],
      retentionDays: 2,
      changes: { unlimited: false, ipFilterRules: { rules: [] } },
    });
    expect(updated).toEqual({
      ...made,
      retentionDays: 2,
      etag: expect.not.stringMatching(made!.etag),
      settings: {
        ...made!.settings,
        limits: { sku: 'S2', units: 3, unlimited: false },
        ipFilterRules: [],
      },
    });
    const { policy } = await registry.hubs.regeneratePolicyKey({
      hub: request.name,
      policy: 'MINE',
      side: KeySide.SECONDARY,
    });
    expect(policy).toMatchObject({ name: 'mine', primaryKey: policies[0]?.primaryKey });
    expect(policy?.secondaryKey).not.toBe(policies[0]?.secondaryKey);
  });

  test('listConsumerGroups, createConsumerGroup, deleteConsumerGroup', async () => {
    const group = { hub: hub.name, name: 'Readers' };
    expect(await registry.consumerGroups.createConsumerGroup(group)).toEqual({ name: 'Readers' });
    expect(await registry.consumerGroups.listConsumerGroups(group)).toEqual({
      names: ['$Default', 'Readers'],
    });
    expect(await registry.consumerGroups.deleteConsumerGroup(group)).toEqual({});
    await expect(registry.consumerGroups.deleteConsumerGroup(group)).rejects.toMatchObject({
      code: 'GenericNotFound',
    });
  });

  test('service-rest 10: createIdentity, getIdentity, updateIdentity, deleteIdentity', async () => {
    const created = await registry.identities.createIdentity({
      hub: hub.name,
      definition: definition({ deviceId: 'dev', statusReason: 'ü', attributesJson: '{"a":1}' }),
    });
    expect(created.identity).toEqual({
      deviceId: 'dev',
      moduleId: undefined,
      generationId: expect.stringMatching(/^\d{18}$/),
      etag: expect.stringMatching(/^[A-Za-z0-9+/]+=*$/),
      status: IdentityStatus.ENABLED,
      statusReason: 'ü',
      statusUpdatedTime: undefined,
      connectionState: ConnectionState.DISCONNECTED,
      connectionStateUpdatedTime: undefined,
      lastActivityTime: undefined,
      cloudToDeviceMessageCount: 0,
      authentication: {
        type: AuthenticationType.SAS,
        primaryKey: expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/),
        secondaryKey: expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/),
      },
      iotEdge: false,
      deviceScope: undefined,
      parentScopes: [],
      managedBy: undefined,
      attributesJson: '{"a":1}',
    });
    const id = { hub: hub.name, deviceId: 'dev' };
    expect(await registry.identities.getIdentity(id)).toEqual(created);
    const updated = await registry.identities.updateIdentity({
      hub: hub.name,
      definition: definition({
        deviceId: 'dev',
        status: IdentityStatus.DISABLED,
        authentication: {
          type: AuthenticationType.SELF_SIGNED,
          primaryThumbprint: 'AB'.repeat(20),
        },
      }),
      ifMatch: created.identity!.etag,
    });
    expect(updated.identity).toMatchObject({
      status: IdentityStatus.DISABLED,
      statusUpdatedTime: expect.any(Date),
      authentication: {
        type: AuthenticationType.SELF_SIGNED,
        primaryKey: undefined,
        primaryThumbprint: 'AB'.repeat(20),
      },
      generationId: created.identity!.generationId,
    });
    const stale = { ...id, ifMatch: created.identity!.etag };
    await expect(registry.identities.deleteIdentity(stale)).rejects.toMatchObject({
      code: 'PreconditionFailed',
    });
    expect(await registry.identities.deleteIdentity({ ...id, ifMatch: '*' })).toEqual({});
    await expect(registry.identities.getIdentity(id)).rejects.toMatchObject({
      code: 'DeviceNotFound',
      message: 'The device dev is not registered.',
    });
  });

  test('the same of a module, listDevices, listModules, getStatistics', async () => {
    const device = definition({ deviceId: 'edge', iotEdge: true });
    const { identity } = await registry.identities.createIdentity({
      hub: hub.name,
      definition: device,
    });
    expect(identity).toMatchObject({
      iotEdge: true,
      deviceScope: expect.stringContaining('edge-'),
    });
    const module = definition({ deviceId: 'edge', moduleId: 'm', managedBy: 'me' });
    const created = await registry.identities.createIdentity({ hub: hub.name, definition: module });
    expect(created.identity).toMatchObject({ moduleId: 'm', managedBy: 'me' });
    const id = { hub: hub.name, deviceId: 'edge', moduleId: 'm' };
    expect(await registry.identities.getIdentity(id)).toEqual(created);

    const { modules } = await registry.identities.listModules({ hub: hub.name, deviceId: 'edge' });
    expect(modules.map(({ moduleId }) => moduleId)).toEqual(['$edgeAgent', '$edgeHub', 'm']);
    const { devices } = await registry.identities.listDevices({ hub: hub.name, limit: 0 });
    expect(devices).toEqual([identity]);
    expect(await registry.identities.getStatistics({ hub: hub.name })).toEqual({
      totalDeviceCount: 1n,
      enabledDeviceCount: 1n,
      disabledDeviceCount: 0n,
      connectedDeviceCount: 0n,
      identityCountMax: 1_000_000n,
    });

    const changed = { ...module, managedBy: 'you' };
    const request = { hub: hub.name, definition: changed, ifMatch: '*' };
    expect((await registry.identities.updateIdentity(request)).identity!.managedBy).toBe('you');
    await registry.identities.deleteIdentity(id);
    await expect(registry.identities.getIdentity(id)).rejects.toMatchObject({
      code: 'ModuleNotFound',
    });
  });

  test('authenticateDevice', async () => {
    const authentication = sasKeys(1);
    const device = definition({ deviceId: 'auth', authentication });
    const { identity } = await registry.identities.createIdentity({
      hub: hub.name,
      definition: device,
    });
    const { primaryKey: key } = authentication;
    const answer = await registry.identities.authenticateDevice(withToken(hub, 'auth', { key }));
    expect(answer).toEqual({
      hub: hub.name,
      hubGeneration: expect.stringMatching(/^\d+$/),
      generationId: identity!.generationId,
      scope: AuthenticationScope.DEVICE,
      kind: AuthenticationKind.SAS,
      expiresAt: expect.any(Date),
      limits: { sku: 'S1', units: 1, unlimited: false },
      credentialIds: [expect.stringMatching(/^device-key\/[0-9a-f]{16}$/), 'device-sas'],
      telemetryTopic: `${deployment.topicPrefix}.events.${hub.name.toLowerCase()}`,
      telemetryPartitions: 1,
    });
    expect(answer.expiresAt!.getTime() / 60_000).toBeCloseTo(Date.now() / 60_000 + 60, 0);
    const expired = withToken(hub, 'auth', { key, minutes: -10 });
    await expect(registry.identities.authenticateDevice(expired)).rejects.toMatchObject({
      code: 'IotHubUnauthorized',
    });
    const { hostName } = hub;
    const nothing = { hostName, client, deviceId: 'auth', credential: undefined };
    const noChain = {
      ...nothing,
      credential: { $case: 'certificates', value: { der: [] } },
    } as const;
    for (const request of [nothing, noChain]) {
      await expect(registry.identities.authenticateDevice(request)).rejects.toMatchObject({
        code: 'IotHubUnauthorized',
        message: 'The device showed no credential.',
      });
    }
  });

  test('authorizeService', async () => {
    const request = (policy: string, audience = hub.hostName) => ({
      path: '/devices/d1',
      client,
      sharedAccessSignature: token({ audience, policy, key: hub.policyKeys[policy] ?? '' }),
    });
    expect(await registry.identities.authorizeService(request('registryReadWrite'))).toEqual({
      hub: hub.name,
      hubGeneration: expect.stringMatching(/^\d+$/),
      policy: 'registryReadWrite',
      rights: 3,
      limits: { sku: 'S1', units: 1, unlimited: false },
      expiresAt: expect.any(Date),
      credentialIds: [
        expect.stringMatching(/^service-policy\/registryreadwrite\/[\da-f]{16}$/),
        'local-auth',
      ],
      telemetryTopic: expect.stringMatching(new RegExp(`\\.events\\.${hub.name.toLowerCase()}$`)),
      telemetryPartitions: 1,
    });
    const elsewhere = request('registryReadWrite', 'other.example.net');
    await expect(registry.identities.authorizeService(elsewhere)).rejects.toMatchObject({
      code: 'IotHubUnauthorizedAccess',
    });
  });

  test('resolveHub', async () => {
    const { resolveHub } = registry.identities;
    const hostName = `${hub.hostName.toUpperCase()}:443`;
    expect(await resolveHub({ hostName, client })).toEqual({
      hub: hub.name,
      hubGeneration: expect.stringMatching(/^\d+$/),
      limits: { sku: 'S1', units: 1, unlimited: false },
    });
    await expect(resolveHub({ hostName: 'other.example.net', client })).rejects.toMatchObject({
      code: 'IotHubNotFound',
    });
  });
});

test('a registry that anybody may call says so', async () => {
  const registry = await deployment.start();

  expect(registry.log.join()).toContain('gRPC is served without TLS');
  await registry.stop();
});

test('who shows no certificate, or one of another authority, is not answered', async () => {
  const tls = createTls('server');
  const listen = await freeAddress();
  const registry = await deployment.start({ grpc: { listen, tls } });
  expect((await registry.hubs.listHubs({ after: '' })).hubs).toBeDefined();
  expect(registry.log.join()).not.toContain('without TLS');

  const strangers = [
    connectTo(listen, undefined),
    connectTo(listen, { ...createTls('stranger'), authority: tls.authority }),
  ];
  for (const stranger of strangers) {
    await expect(stranger.hubs.listHubs({ after: '' })).rejects.toMatchObject({
      code: 'ServiceUnavailable',
    });
    stranger.close();
  }
  await registry.stop();
});
