import assert from 'node:assert';
import type { RegistryClient } from '@linchpin/contracts';
import { actorForHub } from '@linchpin/platform/actor';
import { HubCalls } from '@linchpin/platform/grpc';
import type { DeviceIdentityId, HubId } from '@linchpin/wire';
import type { Identities } from '../domain/identities.js';

const deadlineMs = 5_000;

/** Kept by the registry service. */
export class GrpcIdentities implements Identities {
  readonly #calls = new HubCalls(deadlineMs);

  constructor(private readonly client: RegistryClient) {}

  async generationOf(
    { hub, hubGeneration }: HubId,
    { deviceId, moduleId }: DeviceIdentityId,
  ): Promise<string> {
    const { identity } = await this.#calls.call(
      hub,
      this.client.getIdentity.bind(this.client),
      { hub, deviceId, moduleId },
      { name: 'Registry/GetIdentity', actor: actorForHub('cloud-to-device', hubGeneration) },
    );
    assert(identity !== undefined, 'an answer has its identity');
    return identity.generationId;
  }
}
