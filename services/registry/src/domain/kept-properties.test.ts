import { describe, expect, test } from '@jest/globals';
import {
  changeKeptProperties,
  defaultKeptProperties,
  withMaskedSecrets,
  type KeptProperties,
} from './kept-properties.js';

function change(members: object, stored = defaultKeptProperties): KeptProperties {
  return changeKeptProperties(stored, JSON.stringify(members));
}

const secretKey = 'c2VjcmV0LXNlY3JldC1zZWNyZXQ=';
const connectionString = `Endpoint=sb://a.example/;SharedAccessKeyName=send;SharedAccessKey=${secretKey};EntityPath=q`;
const maskedConnectionString =
  'Endpoint=sb://a.example/;SharedAccessKeyName=send;SharedAccessKey=****;EntityPath=q';
const accountString = `DefaultEndpointsProtocol=https;AccountName=a;AccountKey=${secretKey};EndpointSuffix=x`;

const queue = { name: 'mine', connectionString };
const cosmos = {
  name: 'db',
  endpointUri: 'https://db.example',
  primaryKey: secretKey,
  secondaryKey: secretKey,
  databaseName: 'd',
  containerName: 'c',
};
const route = { name: 'r', source: 'DeviceMessages', endpointNames: ['mine'], isEnabled: true };
const everything = {
  routing: {
    endpoints: { eventHubs: [queue], cosmosDBSqlContainers: [cosmos] },
    routes: [route],
    fallbackRoute: { ...route, name: '$fallback', endpointNames: ['events'] },
    enrichments: [{ key: 'k', value: 'v', endpointNames: ['events', 'mine'] }],
  },
  storageEndpoints: {
    $default: { sasTtlAsIso8601: 'PT2H', connectionString: accountString, containerName: 'files' },
  },
  messagingEndpoints: { fileNotifications: { maxDeliveryCount: 7 } },
  enableFileUploadNotifications: true,
  cloudToDevice: { maxDeliveryCount: 3, defaultTtlAsIso8601: 'P1D' },
  comments: 'ours',
  features: 'DeviceManagement',
  allowedFqdnList: ['a.example'],
};

describe('what a hub keeps', () => {
  test('is the default until something else is named', () => {
    expect(change({})).toEqual(defaultKeptProperties);
    expect(change({ cloudToDevice: null, routing: null, unknown: 1 })).toEqual(
      defaultKeptProperties,
    );
  });

  test('is what was named, completed with defaults', () => {
    const kept = change(everything);
    expect(kept).toMatchObject(everything);
    expect(kept.messagingEndpoints?.fileNotifications).toEqual({
      lockDurationAsIso8601: 'PT1M',
      ttlAsIso8601: 'PT1H',
      maxDeliveryCount: 7,
    });
    expect(kept.cloudToDevice).toMatchObject({
      purgeOnNewSubscription: false,
      feedback: { maxDeliveryCount: 10 },
    });
    expect(change({ comments: 'new' }, kept)).toEqual({ ...kept, comments: 'new' });
  });

  test('a route may be taken away, the fallback among them', () => {
    const kept = change({ routing: { routes: [] } }, change(everything));
    expect(kept.routing?.fallbackRoute).toBeUndefined();
    expect(kept.routing).toMatchObject({ routes: [], enrichments: [] });
  });

  test('endpoints of Cosmos under their older name are the same', () => {
    const { routing } = change({ routing: { endpoints: { cosmosDBSqlCollections: [cosmos] } } });
    expect(routing?.endpoints.cosmosDBSqlContainers).toMatchObject([{ name: 'db' }]);
  });
});

describe('secrets', () => {
  test('are masked, all of them', () => {
    const masked = withMaskedSecrets(change(everything));
    expect(JSON.stringify(masked)).not.toContain(secretKey);
    expect(masked.routing?.endpoints.eventHubs).toMatchObject([
      { connectionString: maskedConnectionString },
    ]);
    expect(masked.storageEndpoints?.$default?.connectionString).toBe(
      'DefaultEndpointsProtocol=https;AccountName=a;AccountKey=****;EndpointSuffix=x',
    );
  });

  test.each([
    ['just-a-password', '****'],
    ['BlobEndpoint=https://a.example', 'BlobEndpoint=https://a.example'],
    ['BlobEndpoint=https://user:password@a.example', 'BlobEndpoint=****'],
    [
      'S3Endpoint=https://a.example;Region=eu;AccessKeyId=k;SecretAccessKey=s',
      'S3Endpoint=https://a.example;Region=eu;AccessKeyId=****;SecretAccessKey=****',
    ],
    ['Password=p;User=u', 'Password=****;User=****'],
    ['BlobEndpoint=https://a.example?sv=1&sig=s;', 'BlobEndpoint=****;'],
    ['Endpoint=https://a.example?sig=s', 'Endpoint=****'],
    ['accountkey = x', 'accountkey=****'],
    ['', ''],
  ])('%j is shown as %j', (connection, shown) => {
    const endpoint = { name: 'mine', connectionString: connection };
    const masked = withMaskedSecrets(change({ routing: { endpoints: { eventHubs: [endpoint] } } }));
    expect(masked.routing?.endpoints.eventHubs[0]?.connectionString).toBe(shown);
  });

  test('that come back masked are those that are stored', () => {
    const kept = change(everything);
    expect(change(withMaskedSecrets(kept), kept)).toEqual(kept);
  });

  test('are replaced by others', () => {
    const kept = change(everything);
    const shown = withMaskedSecrets(kept);
    const connectionString = 'AccountName=a;AccountKey=new';
    const replaced = { $default: { connectionString, containerName: 'others' } };
    expect(change({ ...shown, storageEndpoints: replaced }, kept).storageEndpoints).toMatchObject(
      replaced,
    );
  });

  test.each([
    ['another host', { ...queue, connectionString: maskedConnectionString.replace('a.', 'evil.') }],
    ['another endpoint', { name: 'other', connectionString: maskedConnectionString }],
    ['a part of it', { ...queue, connectionString: '****' }],
  ])('are not given to %s', (_what, endpoint) => {
    const kept = change(everything);
    expect(() => change({ routing: { endpoints: { eventHubs: [endpoint] } } }, kept)).toThrow(
      expect.objectContaining({ code: 'ArgumentInvalid' }),
    );
  });

  const container = {
    name: 'files',
    endpointUri: 'https://files.example',
    connectionString: accountString,
    containerName: 'c',
    authenticationType: 'keyBased',
    identity: { userAssignedIdentity: 'me' },
  };
  const sent = {
    routing: {
      endpoints: {
        eventHubs: [{ ...queue, endpointUri: 'sb://a.example', entityPath: 'q' }],
        cosmosDBSqlContainers: [cosmos],
        storageContainers: [container],
      },
    },
    storageEndpoints: { $default: { connectionString: accountString, containerName: 'files' } },
  };
  type Sent = typeof sent;

  /** What was shown comes back with other members of its only endpoint of a type. */
  function changeEndpoint(
    type: keyof Sent['routing']['endpoints'],
    members: object,
  ): KeptProperties {
    const kept = change(sent);
    const { routing } = JSON.parse(JSON.stringify(withMaskedSecrets(kept))) as Sent;
    const [endpoint] = routing.endpoints[type];
    const endpoints = { ...routing.endpoints, [type]: [{ ...endpoint, ...members }] };
    return change({ routing: { ...routing, endpoints } }, kept);
  }

  test.each<[keyof Sent['routing']['endpoints'], string, unknown]>([
    ['eventHubs', 'endpointUri', 'sb://evil.example'],
    ['eventHubs', 'endpointUri', null],
    ['eventHubs', 'entityPath', 'other'],
    ['eventHubs', 'authenticationType', 'identityBased'],
    ['eventHubs', 'identity', { userAssignedIdentity: 'another' }],
    ['eventHubs', 'subscriptionId', 'another'],
    ['eventHubs', 'resourceGroup', 'another'],
    ['cosmosDBSqlContainers', 'endpointUri', 'https://evil.example'],
    ['cosmosDBSqlContainers', 'databaseName', 'another'],
    ['cosmosDBSqlContainers', 'containerName', 'another'],
    ['storageContainers', 'endpointUri', 'https://evil.example'],
    ['storageContainers', 'containerName', '$web'],
    ['storageContainers', 'authenticationType', null],
    ['storageContainers', 'identity', null],
  ])('of %s are not sent to another %s: %j', (type, member, value) => {
    expect(() => changeEndpoint(type, { [member]: value })).toThrow(
      expect.objectContaining({
        code: 'ArgumentInvalid',
        message: expect.stringMatching(`^${type}/\\w+/\\w+: .* another ${member}`),
      }),
    );
  });

  test.each<[keyof Sent['routing']['endpoints'], object]>([
    ['cosmosDBSqlContainers', { partitionKeyName: 'id', partitionKeyTemplate: '{deviceid}' }],
    [
      'storageContainers',
      { encoding: 'JSON', batchFrequencyInSeconds: 60, maxChunkSizeInBytes: 10_485_760 },
    ],
    ['storageContainers', { fileNameFormat: '{iothub}/{partition}/{YYYY}{MM}{DD}{HH}{mm}' }],
  ])('of %s are kept when what is written there changes: %j', (type, members) => {
    const { routing } = changeEndpoint(type, members);
    const [before] = sent.routing.endpoints[type];

    expect(routing?.endpoints[type]).toEqual([{ ...before, ...members }]);
  });

  test('all of an endpoint are stated again, or none is sent elsewhere', () => {
    const elsewhere = { endpointUri: 'https://new.example', primaryKey: 'bmV3' };

    expect(() => changeEndpoint('cosmosDBSqlContainers', elsewhere)).toThrow(
      'cosmosDBSqlContainers/db/secondaryKey',
    );
    const whole = { ...elsewhere, secondaryKey: 'bmV3ZXI=' };
    expect(
      changeEndpoint('cosmosDBSqlContainers', whole).routing?.endpoints.cosmosDBSqlContainers,
    ).toEqual([{ ...cosmos, ...whole }]);
  });

  test.each<[object, string]>([
    [{ containerName: 'others' }, 'containerName'],
    [{ authenticationType: 'identityBased' }, 'authenticationType'],
    [{ identity: { userAssignedIdentity: 'me' } }, 'identity.userAssignedIdentity'],
  ])('of the storage of files are not sent to another place: %j', (members, named) => {
    const kept = change(sent);
    const { $default } = withMaskedSecrets(kept).storageEndpoints ?? {};

    expect(() =>
      change({ storageEndpoints: { $default: { ...$default, ...members } } }, kept),
    ).toThrow(
      `storageEndpoints/$default/connectionString: **** stands for the secret that is stored, but for another ${named}`,
    );
  });

  test('of the storage of files are kept when signatures for it last longer', () => {
    const kept = change(sent);
    const { $default } = withMaskedSecrets(kept).storageEndpoints ?? {};
    const longer = { ...$default, sasTtlAsIso8601: 'PT5H' };

    expect(
      change({ storageEndpoints: { $default: longer } }, kept).storageEndpoints?.$default,
    ).toMatchObject({ connectionString: accountString, sasTtlAsIso8601: 'PT5H' });
  });

  test('of another type of endpoint are none of its', () => {
    const kept = change(everything);
    expect(() =>
      change(
        {
          routing: {
            endpoints: {
              serviceBusQueues: [{ ...queue, connectionString: maskedConnectionString }],
            },
          },
        },
        kept,
      ),
    ).toThrow('serviceBusQueues/mine/connectionString');
  });
});

test('storage that no device could use is refused, but not what was stored before', () => {
  const storage = { connectionString: 'AccountKey=k', containerName: 'c', sasTtlAsIso8601: 'PT1H' };
  expect(() => change({ storageEndpoints: { $default: storage } })).toThrow(
    expect.objectContaining({ code: 'InvalidStorageEndpointProperty' }),
  );

  const $default = { ...storage, authenticationType: undefined, identity: undefined };
  const stored = { ...defaultKeptProperties, storageEndpoints: { $default } };
  const shown = withMaskedSecrets(stored);

  expect(change({ ...shown, comments: 'new' }, stored)).toEqual({ ...stored, comments: 'new' });
});

const endpoints = (count: number) => ({
  eventHubs: Array.from({ length: count }, (_, index) => ({ ...queue, name: `e${index}` })),
});
const routes = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    ...route,
    name: `r${index}`,
    endpointNames: ['events'],
  }));

test.each<[string, object]>([
  ['a list for routing', { routing: [] }],
  ['11 endpoints of one type', { routing: { endpoints: endpoints(11) } }],
  [
    '11 endpoints of two types',
    { routing: { endpoints: { ...endpoints(10), serviceBusQueues: [queue] } } },
  ],
  ['101 routes', { routing: { routes: routes(101) } }],
  ['two endpoints of one name', { routing: { endpoints: { eventHubs: [queue, queue] } } }],
  [
    'an endpoint named events',
    { routing: { endpoints: { eventHubs: [{ ...queue, name: 'Events' }] } } },
  ],
  [
    'an endpoint with a slash',
    { routing: { endpoints: { eventHubs: [{ ...queue, name: 'a/b' }] } } },
  ],
  ['a route to nowhere', { routing: { routes: [route] } }],
  [
    'a route to two endpoints',
    { routing: { routes: [{ ...route, endpointNames: ['events', 'events'] }] } },
  ],
  ['a route from nowhere', { routing: { routes: [{ ...route, source: 'Invalid' }] } }],
  [
    '11 enrichments',
    {
      routing: { enrichments: Array(11).fill({ key: 'k', value: 'v', endpointNames: ['events'] }) },
    },
  ],
  [
    'a long condition',
    { routing: { routes: [{ ...routes(1)[0], condition: 'c'.repeat(4_097) }] } },
  ],
  ['a lifetime of 49 hours', { cloudToDevice: { defaultTtlAsIso8601: 'PT49H' } }],
  ['a lifetime of 59 seconds', { cloudToDevice: { defaultTtlAsIso8601: 'PT59S' } }],
  ['a lifetime that is none', { cloudToDevice: { defaultTtlAsIso8601: '1h' } }],
  ['a purge that is no boolean', { cloudToDevice: { purgeOnNewSubscription: 'yes' } }],
  ['101 deliveries', { cloudToDevice: { maxDeliveryCount: 101 } }],
  ['no delivery', { cloudToDevice: { feedback: { maxDeliveryCount: 0 } } }],
  [
    'a lock of 4 seconds',
    { messagingEndpoints: { fileNotifications: { lockDurationAsIso8601: 'PT4S' } } },
  ],
  [
    'a signature for two days',
    {
      storageEndpoints: {
        $default: { connectionString: '', containerName: '', sasTtlAsIso8601: 'P2D' },
      },
    },
  ],
  ['21 names', { allowedFqdnList: Array(21).fill('a.example') }],
  ['long comments', { comments: 'c'.repeat(1_025) }],
  ['a feature that is none', { features: 'Everything' }],
  ['a number for a switch', { enableFileUploadNotifications: 1 }],
])('%s is refused', (_what, members) => {
  expect(() => change(members)).toThrow(expect.objectContaining({ code: 'ArgumentInvalid' }));
});

test('all together have a bound', () => {
  const conditions = routes(100).map((one) => ({ ...one, condition: 'c'.repeat(2_000) }));
  expect(() => change({ routing: { routes: conditions } })).toThrow('131072 bytes');
});

test('a depth that no parser survives is refused, not followed', () => {
  const depth = 200_000;
  const json = `{"routing":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  expect(() => changeKeptProperties(defaultKeptProperties, json)).toThrow(
    expect.objectContaining({ code: 'ArgumentInvalid' }),
  );
});

test('what is no JSON is refused', () => {
  expect(() => changeKeptProperties(defaultKeptProperties, '{')).toThrow('no JSON');
});
