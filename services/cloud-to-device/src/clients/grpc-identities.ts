import type { RegistryClient } from '@linchpin/contracts';
import { callUnary } from '@linchpin/platform/grpc';
import type { DeviceIdentityId } from '@linchpin/wire';
import type { Identities } from '../domain/identities.js';

const deadlineMs = 5_000;

/** Kept by the registry service. */
export class GrpcIdentities implements Identities {
  constructor(private readonly client: RegistryClient) {}

  async requireExistence(hub: string, { deviceId, moduleId }: DeviceIdentityId): Promise<void> {
    await callUnary(
      this.client.getIdentity.bind(this.client),
      { hub, deviceId, moduleId },
      { name: 'Registry/GetIdentity', deadlineMs },
    );
  }
}
