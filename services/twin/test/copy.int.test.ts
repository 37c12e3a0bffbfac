/** The copy of the registry's identities, which queries read: by what the registry tells, and by its pages. */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import {
  AuthenticationType,
  connectionStateEventHeaders,
  connectionStateEventKey,
  connectionStateEventValue,
  hubEventsTopic,
  IdentityStatus,
  type ConnectionStateEvent,
  type Identity,
  type RegistryChange,
} from '@linchpin/contracts';
import { encodeHeaders } from '@linchpin/platform/kafka';
import { eventuallyPasses } from '@linchpin/testing';
import {
  createTestDeployment,
  type TestDeployment,
  type TestSubject,
  type TestTwin,
} from './support/start-test-twin.js';

let deployment: TestDeployment;
let twin: TestTwin;

jest.setTimeout(60_000);

beforeAll(async () => {
  deployment = await createTestDeployment();
  twin = await deployment.start();
});

afterAll(() => deployment.close());

const rowsOf = ({ hubGeneration }: TestSubject) =>
  deployment.database.db
    .selectFrom('identities')
    .selectAll()
    .where('hub_generation', '=', hubGeneration)
    .orderBy('device_id')
    .orderBy('module_id')
    .execute();

const tell = ({ hub, hubGeneration }: TestSubject, change: RegistryChange['change']) =>
  deployment.tell({ hub, hubGeneration, change });

const created = (subject: TestSubject, identity: Identity) =>
  tell(subject, { $case: 'identityCreated', value: { identity } });

test('identities that are told of have twins, with all that twins show of them', async () => {
  const device = deployment.newDevice();
  const { registry } = deployment;
  const module = registry.create(device.hub, 'd1', { moduleId: 'm1', iotEdge: true });
  // The pages, which may be copied as well, have it as it is now.
  const changed = registry.create(device.hub, 'd1', {
    ...module,
    etag: 'Mg==',
    status: IdentityStatus.DISABLED,
    statusReason: 'broken',
    statusUpdatedTime: new Date('2026-01-02T03:04:05.678Z'),
    authentication: { type: AuthenticationType.SELF_SIGNED, primaryThumbprint: 'AB' },
  });
  await created(
    device,
    registry.create(device.hub, 'd2', { deviceScope: 's', parentScopes: ['p'] }),
  );
  await created(device, module);
  await tell(device, {
    $case: 'identityUpdated',
    value: { identity: changed, revokedCredentialIds: [] },
  });

  await eventuallyPasses(async () => {
    const rows = await rowsOf(device);
    expect(rows.filter((row) => row.device_id === 'd2' || row.module_id === 'm1')).toMatchObject([
      {
        device_id: 'd1',
        module_id: 'm1',
        hub: device.hub,
        generation_id: module.generationId,
        etag: 'Mg==',
        status: 'disabled',
        status_reason: 'broken',
        status_updated_time: new Date('2026-01-02T03:04:05.678Z'),
        authentication_type: 'selfSigned',
        primary_thumbprint: 'AB',
        iot_edge: true,
      },
      { device_id: 'd2', module_id: '', device_scope: 's', parent_scopes: ['p'] },
    ]);
  });
});

test('a device that is deleted takes its modules along, and not those of one made again', async () => {
  const device = deployment.newDevice();
  const { registry } = deployment;
  const former = registry.create(device.hub, 'd1');
  const formerModule = registry.create(device.hub, 'd1', { moduleId: 'm1' });
  await created(device, former);
  await created(device, formerModule);
  await tell(device, {
    $case: 'identityDeleted',
    value: {
      deviceId: 'd1',
      generationId: former.generationId,
      moduleGenerationIds: [formerModule.generationId],
    },
  });
  const again = registry.create(device.hub, 'd1');
  const moduleAgain = registry.create(device.hub, 'd1', { moduleId: 'm1' });
  const later = { ...device, moduleId: 'm1', generationId: moduleAgain.generationId };
  // Before the copy hears of it.
  await twin.report(later, { of: 'the later' });
  await created(device, again);
  await created(device, moduleAgain);
  await created(device, registry.create(device.hub, 'last'));

  await eventuallyPasses(async () => {
    expect(await rowsOf(device)).toMatchObject([
      { device_id: 'd1', module_id: '', generation_id: again.generationId },
      { device_id: 'd1', module_id: 'm1', generation_id: moduleAgain.generationId },
      { device_id: 'last' },
    ]);
  });
  expect(await twin.properties(later)).toMatchObject({ reported: { of: 'the later' } });
});

test('what is told of a former identity does not touch the one made since', async () => {
  const device = deployment.newDevice();
  const { registry } = deployment;
  const former = registry.create(device.hub, 'd1');
  const later = registry.create(device.hub, 'd1');
  await twin.report({ ...device, generationId: later.generationId }, { kept: true });
  await created(device, former);
  await tell(device, {
    $case: 'identityDeleted',
    value: { deviceId: 'd1', generationId: former.generationId, moduleGenerationIds: [] },
  });
  await created(device, registry.create(device.hub, 'last'));

  await eventuallyPasses(async () => {
    expect(await rowsOf(device)).toMatchObject([
      { device_id: 'd1', generation_id: later.generationId },
      { device_id: 'last' },
    ]);
  });
  expect(await twin.get(device)).toMatchObject({ properties: { reported: { kept: true } } });
});

test('twins of a hub that is deleted go, and nothing is made of it afterwards', async () => {
  const device = deployment.newDevice();
  const other = deployment.newDevice();
  await twin.get(device);
  await twin.get(other);
  await tell(device, { $case: 'hubDeleted', value: {} });

  await eventuallyPasses(async () => {
    expect(await rowsOf(device)).toEqual([]);
  });
  await created(device, deployment.registry.create(device.hub, 'late'));
  await created(other, deployment.registry.create(other.hub, 'd2'));
  await eventuallyPasses(async () => {
    expect(await rowsOf(other)).toHaveLength(2);
  });
  expect(await rowsOf(device)).toEqual([]);
});

test('identities that were there before the service was are copied, however many', async () => {
  const device = deployment.newDevice();
  const { registry, database } = deployment;
  for (let number = 0; number < 1_203; number += 1) {
    registry.create(device.hub, `e${number}`);
  }
  registry.create(device.hub, 'e7', { moduleId: 'm' });
  const other = await deployment.start();

  await eventuallyPasses(async () => {
    const copied = await database.db
      .selectFrom('copied_hubs')
      .selectAll()
      .where('hub_generation', '=', device.hubGeneration)
      .execute();
    expect(copied).toHaveLength(1);
  });
  expect(await rowsOf(device)).toHaveLength(1_205);
  await other.stop();
});

describe('connections, which gateways tell of', () => {
  const event = (
    device: TestSubject,
    sequence: number,
    members: Partial<ConnectionStateEvent> = {},
  ): ConnectionStateEvent => ({
    hub: device.hub,
    deviceId: 'd1',
    moduleId: undefined,
    generationId: device.generationId,
    type: 'deviceConnected',
    sequenceNumber: sequence.toString(16).toUpperCase().padStart(64, '0'),
    occurredAt: new Date(Date.UTC(2026, 1, 1, 0, 0, sequence)),
    cause: 'connect',
    modelId: undefined,
    ...members,
  });

  const send = (...events: readonly ConnectionStateEvent[]) =>
    deployment.producer.send(
      events.map((each) => ({
        topic: hubEventsTopic(deployment.topicPrefix).name,
        key: Buffer.from(connectionStateEventKey(each)),
        value: Buffer.from(connectionStateEventValue(each)),
        headers: encodeHeaders(connectionStateEventHeaders(each)),
      })),
    );

  test('the last one counts, of the identity that it was', async () => {
    const device = deployment.newDevice();
    await twin.get(device);
    await send(
      event(device, 2, { modelId: 'dtmi:com:example:Thermostat;1' }),
      event(device, 1, { type: 'deviceDisconnected', cause: 'client-disconnect' }),
      event(device, 9, { generationId: '1', type: 'deviceDisconnected', cause: 'takeover' }),
    );

    await eventuallyPasses(async () => {
      expect(await rowsOf(device)).toMatchObject([
        {
          connection_state: 'Connected',
          model_id: 'dtmi:com:example:Thermostat;1',
          last_activity_time: new Date(Date.UTC(2026, 1, 1, 0, 0, 2)),
        },
      ]);
    });
  });

  test('that of a device is not lost which connects before the copy hears of it', async () => {
    const device = deployment.newDevice();
    const gone = { ...deployment.newDevice(), generationId: '1' };
    const occurredAt = new Date();
    await send(event(gone, 1, { occurredAt }), event(device, 1, { occurredAt }));

    await eventuallyPasses(async () => {
      expect(await rowsOf(device)).toMatchObject([{ connection_state: 'Connected' }]);
    });
    expect(await rowsOf(gone)).toEqual([]);
  });

  test('one that is deleted while the copy looks for it leaves nothing', async () => {
    const device = deployment.newDevice();
    const { registry } = deployment;
    const module = registry.create(device.hub, 'd1', { moduleId: 'last' });
    registry.onAnswer = () => {
      registry.onAnswer = () => Promise.resolve();
      registry.delete(device.hub, 'd1');
      registry.create(device.hub, 'd1', module);
      return Promise.resolve();
    };
    const occurredAt = new Date();
    const { generationId } = module;
    await send(
      event(device, 1, { occurredAt }),
      event(device, 1, { moduleId: 'last', generationId, occurredAt }),
    );

    await eventuallyPasses(async () => {
      expect(await rowsOf(device)).toContainEqual(
        expect.objectContaining({ module_id: 'last', connection_state: 'Connected' }),
      );
    });
    expect(await rowsOf(device)).toHaveLength(1);
  });

  test.each([
    ['is not of the contract', { modelId: 'a\0b' }],
    ['the tables cannot hold', { occurredAt: new Date(-8.64e15) }],
  ])('one that %s holds up none behind it', async (_why, members) => {
    const [bad, device] = [deployment.newDevice(), deployment.newDevice()];
    await twin.get(device);
    await twin.get(bad);
    await send(event(bad, 1, members), event(device, 1), event(bad, 2));

    await eventuallyPasses(async () => {
      expect(await rowsOf(device)).toMatchObject([{ connection_state: 'Connected' }]);
      expect(await rowsOf(bad)).toMatchObject([{ connection_state: 'Connected' }]);
    });
  });
});

test('records that cannot be read are passed over', async () => {
  const device = deployment.newDevice();
  await deployment.tell({ hub: device.hub, hubGeneration: 'none', change: undefined });
  await created(device, deployment.registry.create(device.hub, 'behind'));

  await eventuallyPasses(async () => {
    expect(await rowsOf(device)).toMatchObject([{ device_id: 'behind' }]);
  });
  expect(twin.log.join('')).toContain('a record cannot be read');
});
