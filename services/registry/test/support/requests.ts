/** Requests of the registry's rpcs, with what a test cares about named by the test. */
import { randomUUID } from 'node:crypto';
import {
  AuthenticationType,
  IdentityStatus,
  type AuthenticateDeviceRequest,
  type CreateHubRequest,
  type IdentityDefinition,
} from '@linchpin/contracts';
import { createSasToken } from '@linchpin/auth';
import type { TestRegistry } from './start-test-registry.js';

export function hubRequest(members: Partial<CreateHubRequest> = {}): CreateHubRequest {
  return {
    name: `Hub-${randomUUID().slice(0, 18)}`,
    subscriptionId: 'local',
    resourceGroup: 'local',
    location: 'here',
    hostNames: [],
    partitionCount: 1,
    ...members,
  };
}

export function definition(members: Partial<IdentityDefinition> = {}): IdentityDefinition {
  return {
    deviceId: 'd1',
    status: IdentityStatus.UNSPECIFIED,
    iotEdge: false,
    parentScopes: [],
    ...members,
  };
}

export interface ActiveHub {
  readonly name: string;
  readonly hostName: string;
  /** Primary keys by policy name. */
  readonly policyKeys: Readonly<Record<string, string>>;
}

export async function createHub({ hubs }: TestRegistry): Promise<ActiveHub> {
  const request = hubRequest();
  await hubs.createHub(request);
  const { policies } = await hubs.listPolicies({ hub: request.name });
  return {
    name: request.name,
    hostName: `${request.name.toLowerCase()}.example.net`,
    policyKeys: Object.fromEntries(policies.map(({ name, primaryKey }) => [name, primaryKey])),
  };
}

interface SasKeys {
  readonly type: typeof AuthenticationType.SAS;
  readonly primaryKey: string;
  readonly secondaryKey: string;
}

/** Of whoever asks: documentation's own range. */
export const client = { address: '192.0.2.1', tlsVersion: '1.3' };

/** Two keys in base64 that differ by `seed`. */
export function sasKeys(seed: number): SasKeys {
  return {
    type: AuthenticationType.SAS,
    primaryKey: Buffer.alloc(32, seed).toString('base64'),
    secondaryKey: Buffer.alloc(32, seed + 100).toString('base64'),
  };
}

interface TokenParts {
  readonly audience: string;
  readonly key: string;
  readonly policy?: string;
  /** Negative for one that expired. */
  readonly minutes?: number;
}

export function token({ minutes = 60, ...parts }: TokenParts): string {
  return createSasToken({ ...parts, expiresAt: new Date(Date.now() + minutes * 60_000) });
}

export function withToken(
  { hostName }: ActiveHub,
  deviceId: string,
  parts: Omit<TokenParts, 'audience'> & { readonly audience?: string },
): AuthenticateDeviceRequest {
  const value = token({ audience: `${hostName}/devices/${deviceId}`, ...parts });
  return {
    hostName,
    client,
    deviceId,
    credential: { $case: 'sharedAccessSignature', value },
  };
}
