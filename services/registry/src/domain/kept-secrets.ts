/** Where the secrets stand in what a hub keeps, and how they are shown. */

export interface Secret {
  readonly kind: 'connectionString' | 'key';
  /** Which one it is, such as `eventHubs/mine/connectionString`. */
  readonly place: string;
  readonly value: string;
  /** Members beside it that say where it is sent, and as whom. */
  readonly address: object;
}

const mask = '****';

/** Of a connection string all but what is known to be harmless is masked. */
export function maskSecret({ kind, value }: Secret): string {
  if (value === '') {
    return '';
  }
  return kind === 'key' ? mask : value.split(';').map(maskPart).join(';');
}

interface Endpoint {
  readonly name: string;
  readonly connectionString?: string | undefined;
  readonly primaryKey?: string | undefined;
  readonly secondaryKey?: string | undefined;
}

/** As far as secrets are concerned. */
interface SecretHolder {
  readonly routing?:
    { readonly endpoints: Readonly<Record<string, readonly Endpoint[]>> } | undefined;
  readonly storageEndpoints?:
    { readonly $default?: { readonly connectionString: string } | undefined } | undefined;
}

/** The same with other secrets. */
export function mapSecrets<Kept extends SecretHolder>(
  kept: Kept,
  map: (secret: Secret) => string,
): Kept {
  const { routing, storageEndpoints } = kept;
  const storage = storageEndpoints?.$default;
  return {
    ...kept,
    ...(routing && {
      routing: { ...routing, endpoints: mapEndpoints(routing.endpoints, map) },
    }),
    ...(storage && {
      storageEndpoints: { ...storageEndpoints, $default: mapStorage(storage, map) },
    }),
  };
}

function mapStorage<Storage extends { readonly connectionString: string }>(
  storage: Storage,
  map: (secret: Secret) => string,
): Storage {
  const place = 'storageEndpoints/$default/connectionString';
  const { connectionString: value } = storage;
  const address = addressOf(storage);
  return { ...storage, connectionString: map({ kind: 'connectionString', place, value, address }) };
}

function mapEndpoints<Endpoints extends Readonly<Record<string, readonly Endpoint[]>>>(
  endpoints: Endpoints,
  map: (secret: Secret) => string,
): Endpoints {
  const mapped = Object.entries(endpoints).map(([type, list]) => [
    type,
    list.map((endpoint) => mapEndpoint(endpoint, `${type}/${endpoint.name}`, map)),
  ]);
  return Object.fromEntries(mapped) as Endpoints;
}

const secretMembers = [
  ['connectionString', 'connectionString'],
  ['primaryKey', 'key'],
  ['secondaryKey', 'key'],
] as const;

function mapEndpoint(endpoint: Endpoint, place: string, map: (secret: Secret) => string): Endpoint {
  const address = addressOf(endpoint);
  const changed = secretMembers.flatMap(([member, kind]) => {
    const value = endpoint[member];
    return value === undefined
      ? []
      : [[member, map({ kind, place: `${place}/${member}`, value, address })] as const];
  });
  return { ...endpoint, ...Object.fromEntries(changed) };
}

/** What is written, and when; every other member counts as a part of the address. */
const besideAddress: readonly string[] = [
  ...secretMembers.map(([member]) => member),
  'batchFrequencyInSeconds',
  'encoding',
  'fileNameFormat',
  'maxChunkSizeInBytes',
  'partitionKeyName',
  'partitionKeyTemplate',
  'sasTtlAsIso8601',
];

function addressOf(holder: object): object {
  return Object.fromEntries(
    Object.entries(holder).filter(([member]) => !besideAddress.includes(member)),
  );
}

const harmless = [
  'endpoint',
  'sharedaccesskeyname',
  'entitypath',
  'defaultendpointsprotocol',
  'accountname',
  'endpointsuffix',
  'blobendpoint',
  's3endpoint',
  'region',
];

function maskPart(part: string): string {
  const [, name, value] = /^\s*(\w+)\s*=(.*)$/s.exec(part) ?? [];
  if (name === undefined || value === undefined) {
    return part === '' ? '' : mask;
  }
  const isShown = harmless.includes(name.toLowerCase()) && !/[?&@]/.test(value);
  return isShown ? part : `${name}=${mask}`;
}
