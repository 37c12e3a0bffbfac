/** Hubs and identities for tests, with what a test cares about named by the test. */
import type { IdentityContent, IdentityDefinition } from './device-identity.js';
import type { HubDefinition, HubRequest } from './hub.js';
import type { Sources } from './identity-content.js';
import type { SharedAccessPolicy } from './shared-access-policy.js';

/** Bytes 00 to 1f, 20 to 3f …: the keys of the specification's test vectors. */
export const sampleKeys = [0, 32, 64, 96].map((first) =>
  Buffer.from(Array.from({ length: 32 }, (_, index) => first + index)).toString('base64'),
) as [string, string, string, string];

export const samplePolicies: readonly SharedAccessPolicy[] = [
  { name: 'iothubowner', rights: 15, primaryKey: sampleKeys[0], secondaryKey: sampleKeys[1] },
  { name: 'Device', rights: 8, primaryKey: sampleKeys[2], secondaryKey: sampleKeys[3] },
];

export const sampleTime = new Date('2026-02-01T10:00:00Z');

/** Keys are numbered, and ticks and time stand where the test puts them. */
export function sampleSources(overrides: Partial<Sources> = {}): Sources {
  let keys = 0;
  let ticks = 638_900_000_000_000_000n;
  return {
    generateKey: () => Buffer.alloc(32, ++keys).toString('base64'),
    nextTicks: () => ++ticks,
    clock: () => sampleTime,
    ...overrides,
  };
}

export function hubRequest(overrides: Partial<HubRequest> = {}): HubRequest {
  return {
    name: 'hub1',
    subscriptionId: 'local',
    resourceGroup: 'local',
    location: 'here',
    hostNames: ['hub1.example.net'],
    partitionCount: undefined,
    retentionDays: undefined,
    ...overrides,
  };
}

export function hubDefinition(name: string, overrides: Partial<HubDefinition> = {}): HubDefinition {
  return {
    name,
    subscriptionId: 'local',
    resourceGroup: 'local',
    location: 'here',
    hostNames: [`${name.toLowerCase()}.example.net`],
    partitionCount: 4,
    retentionDays: 1,
    ...overrides,
  };
}

export function deviceDefinition(overrides: Partial<IdentityDefinition> = {}): IdentityDefinition {
  return {
    deviceId: 'd1',
    moduleId: undefined,
    status: 'enabled',
    statusReason: undefined,
    authentication: undefined,
    iotEdge: false,
    deviceScope: undefined,
    parentScopes: [],
    managedBy: undefined,
    attributesJson: undefined,
    ...overrides,
  };
}

export function identityContent(overrides: Partial<IdentityContent> = {}): IdentityContent {
  return {
    ...deviceDefinition(),
    generationId: '638900000000000001',
    statusUpdatedTime: undefined,
    authentication: { type: 'sas', primaryKey: sampleKeys[0], secondaryKey: sampleKeys[1] },
    ...overrides,
  };
}

export function moduleContent(overrides: Partial<IdentityContent> = {}): IdentityContent {
  return identityContent({ moduleId: 'm1', generationId: '638900000000000002', ...overrides });
}
