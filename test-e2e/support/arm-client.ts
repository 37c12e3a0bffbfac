/** The unmodified `@azure/arm-iothub` as the administrator of the deployment under test. */
import { randomUUID } from 'node:crypto';
import {
  IotHubClient,
  type IotHubDescription,
  type IotHubProperties,
  type SharedAccessSignatureAuthorizationRule,
} from '@azure/arm-iothub';
import { hub } from './hub.js';

export type Policy = SharedAccessSignatureAuthorizationRule;

/** Of all hubs of the tests, the default one among them. */
export const resourceGroup = 'local';

/** The same client for whoever has the token. */
export function armWith(token: string): IotHubClient {
  const credential = {
    getToken: () => Promise.resolve({ token, expiresOnTimestamp: Date.now() + 3_600_000 }),
  };
  return new IotHubClient(credential, 'local', {
    endpoint: `https://${hub.host}`,
    retryOptions: { maxRetries: 0 },
  });
}

export const arm = armWith(hub.adminToken);

const created: string[] = [];

/** A hub of its own with a name that no other test has. */
export async function createArmHub(
  members: Partial<IotHubDescription> = {},
): Promise<IotHubDescription & { readonly name: string }> {
  const name = `Arm-${randomUUID().slice(0, 8)}`;
  created.push(name);
  const description = await arm.iotHubResource.beginCreateOrUpdateAndWait(resourceGroup, name, {
    location: 'local',
    sku: { name: 'S1', capacity: 1 },
    ...members,
  });
  return { ...description, name };
}

/** For the end of a test file. */
export async function deleteArmHubs(): Promise<void> {
  for (const name of created.splice(0)) {
    await arm.iotHubResource.beginDeleteAndWait(resourceGroup, name);
  }
}

/** Reads the hub, changes some of its properties, and writes all of it back, as Azure's tools do. */
export async function changeArmHub(
  name: string,
  properties: IotHubProperties,
  members: Partial<IotHubDescription> = {},
): Promise<IotHubDescription> {
  const before = await arm.iotHubResource.get(resourceGroup, name);
  const changed = { ...before, ...members, properties: { ...before.properties, ...properties } };
  return arm.iotHubResource.beginCreateOrUpdateAndWait(resourceGroup, name, changed, {
    ...(before.etag !== undefined && { ifMatch: before.etag }),
  });
}

/** All policies of the hub, with their keys. */
export async function listPolicies(name: string): Promise<Policy[]> {
  const policies: Policy[] = [];
  for await (const policy of arm.iotHubResource.listKeys(resourceGroup, name)) {
    policies.push(policy);
  }
  return policies;
}

/** As `az iot hub policy` does: all policies are sent, changed by `change`. */
export async function changePolicies(
  name: string,
  change: (policies: readonly Policy[]) => Policy[],
): Promise<void> {
  await changeArmHub(name, { authorizationPolicies: change(await listPolicies(name)) });
}

/** What the client throws, as far as tests look at it. */
interface ArmFailure {
  readonly statusCode: number;
  readonly code: string;
  readonly message: string;
}

/** @throws Error when it does not fail */
export async function failureOf(work: Promise<unknown>): Promise<ArmFailure> {
  try {
    await work;
  } catch (error) {
    return error as ArmFailure;
  }
  throw new Error('It was done, and should have been refused.');
}
