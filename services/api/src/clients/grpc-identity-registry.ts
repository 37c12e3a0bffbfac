import { toDefinitionMessage, toIdentity, type RegistryClient } from '@linchpin/contracts';
import { HubCalls } from '@linchpin/platform/grpc';
import type { DeviceIdentityId, HubId, Identity, IdentityDefinition } from '@linchpin/wire';
import type { IdentityRegistry, RegistryStatistics } from '../domain/identity-registry.js';
import { present } from './present.js';

const deadlineMs = 5_000;

/** The identities, asked of the registry service. */
export class GrpcIdentityRegistry implements IdentityRegistry {
  readonly #calls = new HubCalls(deadlineMs);

  constructor(private readonly client: RegistryClient) {}

  async get({ hub }: HubId, { deviceId, moduleId }: DeviceIdentityId): Promise<Identity> {
    const { identity } = await this.#calls.call(
      hub,
      this.client.getIdentity.bind(this.client),
      { hub, deviceId, moduleId },
      { name: 'Registry/GetIdentity' },
    );
    return toIdentity(present(identity));
  }

  async create({ hub }: HubId, definition: IdentityDefinition): Promise<Identity> {
    const { identity } = await this.#calls.call(
      hub,
      this.client.createIdentity.bind(this.client),
      { hub, definition: toDefinitionMessage(definition) },
      { name: 'Registry/CreateIdentity' },
    );
    return toIdentity(present(identity));
  }

  async update({ hub }: HubId, definition: IdentityDefinition, ifMatch: string): Promise<Identity> {
    const { identity } = await this.#calls.call(
      hub,
      this.client.updateIdentity.bind(this.client),
      { hub, definition: toDefinitionMessage(definition), ifMatch },
      { name: 'Registry/UpdateIdentity' },
    );
    return toIdentity(present(identity));
  }

  async delete({ hub }: HubId, id: DeviceIdentityId, ifMatch: string | undefined): Promise<void> {
    await this.#calls.call(
      hub,
      this.client.deleteIdentity.bind(this.client),
      { hub, deviceId: id.deviceId, moduleId: id.moduleId, ifMatch },
      { name: 'Registry/DeleteIdentity' },
    );
  }

  async listDevices({ hub }: HubId, limit: number): Promise<Identity[]> {
    const { devices } = await this.#calls.call(
      hub,
      this.client.listDevices.bind(this.client),
      { hub, limit },
      { name: 'Registry/ListDevices' },
    );
    return devices.map(toIdentity);
  }

  async listModules({ hub }: HubId, deviceId: string): Promise<Identity[]> {
    const { modules } = await this.#calls.call(
      hub,
      this.client.listModules.bind(this.client),
      { hub, deviceId },
      { name: 'Registry/ListModules' },
    );
    return modules.map(toIdentity);
  }

  async getStatistics(hub: string): Promise<RegistryStatistics> {
    const counts = await this.#calls.call(
      hub,
      this.client.getStatistics.bind(this.client),
      { hub },
      { name: 'Registry/GetStatistics' },
    );
    return {
      totalDeviceCount: Number(counts.totalDeviceCount),
      enabledDeviceCount: Number(counts.enabledDeviceCount),
      disabledDeviceCount: Number(counts.disabledDeviceCount),
      connectedDeviceCount: Number(counts.connectedDeviceCount),
      identityCountMax: Number(counts.identityCountMax),
    };
  }
}
