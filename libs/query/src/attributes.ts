/** What the documents that are queried have (query-language.md section A3). */

export type Source = 'devices' | 'devices.modules' | 'devices.jobs';

/**
 * - `json`: any value, and below it whatever somebody wrote there.
 * - `instant`: text in the document, and a point in time where it is compared with one.
 * - `object`: has the attributes below it and no others.
 */
export type AttributeKind = 'string' | 'number' | 'boolean' | 'instant' | 'json' | 'object';

export interface AttributeNode {
  readonly kind: AttributeKind;
  readonly members: Readonly<Record<string, AttributeNode>>;
}

const leaf = (kind: AttributeKind): AttributeNode => ({ kind, members: {} });
const object = (members: AttributeNode['members']): AttributeNode => ({ kind: 'object', members });

const string = leaf('string');
const number = leaf('number');
const instant = leaf('instant');
const json = leaf('json');

/** Those of its members that are the hub's own begin with `$`, and nobody else's may. */
const section: AttributeNode = { kind: 'json', members: { $metadata: json, $version: number } };

const twin = object({
  deviceId: string,
  moduleId: string,
  etag: string,
  deviceEtag: string,
  status: string,
  statusReason: json,
  statusUpdateTime: instant,
  connectionState: string,
  lastActivityTime: instant,
  cloudToDeviceMessageCount: number,
  authenticationType: string,
  x509Thumbprint: object({ primaryThumbprint: json, secondaryThumbprint: json }),
  modelId: string,
  version: number,
  tags: json,
  properties: object({ desired: section, reported: section }),
  capabilities: object({ iotEdge: leaf('boolean') }),
  deviceScope: string,
  parentScopes: json,
  configurations: json,
});

const job = object({
  deviceId: string,
  jobId: string,
  jobType: string,
  status: string,
  startTimeUtc: instant,
  endTimeUtc: instant,
  createdDateTimeUtc: instant,
  lastUpdatedDateTimeUtc: instant,
  outcome: json,
  error: json,
});

export const documents: Readonly<Record<Source, AttributeNode>> = {
  devices: twin,
  'devices.modules': twin,
  'devices.jobs': job,
};

/**
 * Other names that Azure's own programs write: its samples `id`, its IoT Explorer what identities call
 * the attribute, in the query that lists the devices.
 */
export const otherNames: Readonly<Record<string, string>> = {
  id: 'deviceId',
  statusUpdatedTime: 'statusUpdateTime',
};

export interface Attribute {
  /** Joined by dots, the canonical letter case: `properties.desired`. */
  readonly path: string;
  readonly kind: AttributeKind;
  /** Below an attribute of the kind `json`; a number is an index of an array. */
  readonly steps: readonly (string | number)[];
}

/** What a projection calls it: the last of its names. */
export function labelOf({ path, steps }: Attribute): string {
  const names = [...path.split('.'), ...steps.filter((step) => typeof step === 'string')];
  return names.at(-1) ?? path;
}
