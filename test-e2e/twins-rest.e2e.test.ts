/** Twins over REST, to the byte where SDKs show less (service-rest.md section 7). */
import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import { open } from './support/device-client.js';
import {
  createDevice,
  createModule,
  deleteDevice,
  request,
  type TestIdentity,
} from './support/registry.js';
import { askTwins, type TwinAnswer, type TwinJson } from './support/twin-requests.js';

let device: TestIdentity;
let deviceId: string;
let path: string;

beforeEach(async () => {
  device = await createDevice(`twin-${randomUUID()}`);
  ({ deviceId } = device);
  path = `/twins/${deviceId}`;
});

function patch(body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<TwinAnswer> {
  return askTwins(path, { method: 'PATCH', body, headers });
}

async function read(): Promise<TwinJson> {
  return (await askTwins(path)).twin;
}

/** Shape B. */
function errorOf({ status, headers, text }: TwinAnswer): unknown[] {
  const { Message } = JSON.parse(text) as { Message: string };
  const { errorCode } = JSON.parse(Message) as { errorCode: number };
  return [status, headers.get('iothub-errorcode'), errorCode];
}

const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/);
const never = '0001-01-01T00:00:00Z';

test('service-rest 37: a fresh twin has every member, in the words of section 7.2', async () => {
  const { status, headers, twin } = await askTwins(path);
  const identity = await request('GET', `/devices/${deviceId}`);
  const { etag: deviceEtag, ...fields } = (await identity.json()) as { etag: string };

  expect([status, headers.get('etag')]).toEqual([200, `"${twin.etag}"`]);
  expect(twin).toEqual({
    deviceId,
    etag: expect.stringMatching(/^[A-Za-z0-9+/]{11}=$/),
    deviceEtag,
    status: 'enabled',
    statusReason: null,
    statusUpdateTime: never,
    connectionState: 'Disconnected',
    lastActivityTime: never,
    cloudToDeviceMessageCount: 0,
    authenticationType: 'sas',
    x509Thumbprint: { primaryThumbprint: null, secondaryThumbprint: null },
    modelId: '',
    version: expect.any(Number),
    tags: {},
    properties: {
      desired: { $metadata: { $lastUpdated: expect.any(String) }, $version: 1 },
      reported: { $metadata: { $lastUpdated: expect.any(String) }, $version: 1 },
    },
    capabilities: { iotEdge: false },
  });
  // An identity has it under another name.
  expect(fields).toMatchObject({ statusUpdatedTime: never });
  expect(fields).not.toHaveProperty('statusUpdateTime');
});

test('service-rest 17: who is registered anew has a new twin', async () => {
  await createModule(deviceId, 'm1');
  await askTwins(`${path}/modules/m1`, { method: 'PATCH', body: { tags: { old: 1 } } });
  await patch({ tags: { old: 1 }, properties: { desired: { old: 1 } } });
  await deleteDevice(deviceId);
  expect(errorOf(await askTwins(path))).toEqual([404, 'DeviceNotFound', 404001]);
  await createDevice(deviceId);

  expect(await read()).toMatchObject({ tags: {}, properties: { desired: { $version: 1 } } });
  expect(errorOf(await askTwins(`${path}/modules/m1`))).toEqual([404, 'ModuleNotFound', 404010]);
  await createModule(deviceId, 'm1');
  expect((await askTwins(`${path}/modules/m1`)).twin.tags).toEqual({});
});

describe('PATCH', () => {
  test('service-rest 32: null removes a key, and what is not sent stays', async () => {
    await patch({ tags: { a: 1, b: { c: 2, d: 3 } }, properties: { desired: { x: 1 } } });
    await patch({ tags: { a: null, b: { d: null }, never: null } });
    const { tags, properties } = await read();

    expect(tags).toEqual({ b: { c: 2 } });
    expect(properties.desired).toMatchObject({ x: 1, $version: 2 });
  });

  test('service-rest 34: a desired change raises versions and the tag of the twin alone', async () => {
    const before = await read();
    const { twin } = await patch({ properties: { desired: { rate: 5 } } });

    expect(twin).toMatchObject({
      version: before.version + 1,
      deviceEtag: before.deviceEtag,
      tags: {},
      properties: { desired: { rate: 5, $version: 2 }, reported: { $version: 1 } },
    });
    expect(twin.etag).not.toBe(before.etag);
  });

  test('service-rest 34: the same value again is a change', async () => {
    const desired = { rate: 5 };
    await patch({ properties: { desired } });

    expect((await patch({ properties: { desired } })).twin.properties.desired.$version).toBe(3);
  });

  test('service-rest 35: a whole twin that is sent back changes what may be changed', async () => {
    await patch({ tags: { site: 'A' }, properties: { desired: { net: { dns: 'x' } } } });
    const whole = await read();
    const { properties } = whole;
    const body = {
      ...{ ...whole, status: 'disabled', etag: 'stale', version: 99, deviceId: 'other' },
      properties: {
        desired: { ...properties.desired, $version: 99, added: true },
        reported: { forged: 1 },
      },
    };
    const { status, twin } = await patch(body);

    expect(status).toBe(200);
    expect(twin).toMatchObject({ deviceId, status: 'enabled', tags: { site: 'A' } });
    expect(twin.properties.desired).toMatchObject({ net: { dns: 'x' }, added: true, $version: 3 });
    expect(twin.properties.reported).toEqual(properties.reported);
  });

  test('service-rest 38: desired metadata has times and versions, of whatever is there', async () => {
    await patch({ properties: { desired: { rate: 5, net: { dns: 'x' }, gone: 1 } } });
    const { twin } = await patch({ properties: { desired: { rate: 6, gone: null } } });
    const at = (version: number) => ({ $lastUpdated: time, $lastUpdatedVersion: version });

    expect(twin.properties.desired.$metadata).toEqual({
      ...at(3),
      rate: at(3),
      net: { ...at(2), dns: at(2) },
    });
  });

  test('service-rest 38: reported metadata has times alone', async () => {
    const client = await open(device);
    const topic = '$iothub/twin/PATCH/properties/reported/?$rid=1';
    await client.publish(topic, '{"net":{"dns":"x"}}', 1);
    await eventually(async () => (await read()).properties.reported.$version === 2);

    expect((await read()).properties.reported.$metadata).toEqual({
      $lastUpdated: time,
      net: { $lastUpdated: time, dns: { $lastUpdated: time } },
    });
    await client.disconnect();
  });

  test('service-rest 39: as a POST that says PATCH', async () => {
    const headers = { 'X-HTTP-Method-Override': 'PATCH' };
    const body = { tags: { java: 1 } };

    expect((await askTwins(path, { method: 'POST', headers, body })).twin.tags).toEqual(body.tags);
  });
});

describe('PUT', () => {
  test('service-rest 33: replaces the sections that it has, and leaves the others', async () => {
    await patch({ tags: { a: 1, b: 2 }, properties: { desired: { x: 1 } } });
    const body = { tags: { c: 3, none: null } };
    const { twin } = await askTwins(path, { method: 'PUT', body });

    expect(twin.tags).toEqual({ c: 3 });
    expect(twin.properties.desired).toMatchObject({ x: 1, $version: 2 });
  });

  test.each([{}, null])('of %j clears a section', async (empty) => {
    await patch({ tags: { a: 1 }, properties: { desired: { x: 1 } } });
    const body = { tags: empty, properties: { desired: empty } };
    const { twin } = await askTwins(path, { method: 'PUT', body });

    expect(twin.tags).toEqual({});
    expect(twin.properties.desired).not.toHaveProperty('x');
  });
});

/** So many objects, one in the other. */
function nested(levels: number): object {
  return levels === 1 ? { leaf: 1 } : { a: nested(levels - 1) };
}

const much = Object.fromEntries(
  Array.from({ length: 9 }, (_, index) => [`t${index}`, 'x'.repeat(1_000)]),
);

test.each<[string, string | object]>([
  ['an object of 11 levels', { tags: { a: nested(11) } }],
  ['a key with a dot', { tags: { 'a.b': 1 } }],
  ['a key with a $', { properties: { desired: { $a: 1 } } }],
  ['a key with a space', { properties: { desired: { net: { 'a b': 1 } } } }],
  ['a key with a control character', { tags: { 'a\u0085': 1 } }],
  ['a key of 1,025 bytes', { tags: { ['é'.repeat(512) + 'x']: 1 } }],
  ['an integer beyond', { tags: { n: 4503599627370496 } }],
  ['an integer below', { tags: { n: -4503599627370497 } }],
  ['a number that no double holds', '{"tags":{"n":1e400}}'],
  ['a string of 4,097 bytes', { properties: { desired: { s: 'x'.repeat(4_097) } } }],
  ['tags of more than 8 KB', { tags: much }],
  ['a zero character', { tags: { s: 'a\u0000b' } }],
  ['half a character', '{"tags":{"s":"\\ud800"}}'],
])('service-rest 36: %s is 400004, and nothing is applied', async (_, body) => {
  const before = await read();
  const whole = typeof body === 'string' ? body : { properties: { desired: { ok: 1 } }, ...body };
  const answer = await patch(whole);

  expect(errorOf(answer)).toEqual([400, 'ArgumentInvalid', 400004]);
  expect(await read()).toEqual(before);
});

test('service-rest 36: what is just allowed is taken', async () => {
  const tags = {
    ...{ deep: nested(10), most: 4503599627370495, least: -4503599627370496 },
    ...{ __proto__x: '€'.repeat(1_000), 'é-:_/"\\': [{ any: ['thing'] }] },
  };
  const body = JSON.stringify({ tags }).replace('__proto__x', '__proto__');
  const { status, text } = await patch(body);

  expect(status).toBe(200);
  expect(text).toContain('"__proto__":"€€');
  expect((await read()).tags).toMatchObject({ most: 4503599627370495 });
});

describe('If-Match', () => {
  test('a stale tag is 412, in quotes or not, and the stored one is taken', async () => {
    const { etag } = await read();
    await patch({ tags: { a: 1 } });

    for (const tag of [etag, `"${etag}"`]) {
      expect(errorOf(await patch({ tags: { a: 2 } }, { 'if-match': tag }))).toEqual([
        412,
        'PreconditionFailed',
        412001,
      ]);
    }
    const { etag: now } = await read();
    expect((await patch({ tags: { a: 2 } }, { 'if-match': `"${now}"` })).status).toBe(200);
  });

  test('of many who expect the same tag one succeeds', async () => {
    const { etag } = await read();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, a) => patch({ tags: { a } }, { 'if-match': etag })),
    );
    const statuses = answers.map(({ status }) => status).sort();

    expect(statuses).toEqual([200, ...Array<number>(9).fill(412)]);
  });

  test('of many who expect none all do, and none is lost', async () => {
    const before = await read();
    await Promise.all(
      Array.from({ length: 10 }, (_, index) => patch({ tags: { [`t${index}`]: index } })),
    );
    const { tags, version } = await read();

    expect(Object.keys(tags)).toHaveLength(10);
    expect(version).toBe(before.version + 10);
  });
});

test('security-limits 36: the twin of a disabled device is readable, and can be changed', async () => {
  await request('PUT', `/devices/${deviceId}`, { deviceId, status: 'disabled' });
  await patch({ tags: { shelf: 3 } });

  expect(await read()).toMatchObject({ status: 'disabled', tags: { shelf: 3 } });
});
