import { toDefinitionMessage, toIdentity, type RegistryClient } from '@linchpin/contracts';
import { callUnary } from '@linchpin/platform/grpc';
import type { DeviceIdentityId, Identity, IdentityDefinition } from '@linchpin/wire';
import type { IdentityRegistry, RegistryStatistics } from '../domain/identity-registry.js';
import { present } from './present.js';

const deadlineMs = 5_000;

/** The identities, asked of the registry service. */
export class GrpcIdentityRegistry implements IdentityRegistry {
  constructor(private readonly client: RegistryClient) {}

  async get(hub: string, { deviceId, moduleId }: DeviceIdentityId): Promise<Identity> {
    const { identity } = await callUnary(
      this.client.getIdentity.bind(this.client),
      { hub, deviceId, moduleId },
      { name: 'Registry/GetIdentity', deadlineMs },
    );
    return toIdentity(present(identity));
  }

  async create(hub: string, definition: IdentityDefinition): Promise<Identity> {
    const { identity } = await callUnary(
      this.client.createIdentity.bind(this.client),
      { hub, definition: toDefinitionMessage(definition) },
      { name: 'Registry/CreateIdentity', deadlineMs },
    );
    return toIdentity(present(identity));
  }

  async update(hub: string, definition: IdentityDefinition, ifMatch: string): Promise<Identity> {
    const { identity } = await callUnary(
      this.client.updateIdentity.bind(this.client),
      { hub, definition: toDefinitionMessage(definition), ifMatch },
      { name: 'Registry/UpdateIdentity', deadlineMs },
    );
    return toIdentity(present(identity));
  }

  async delete(hub: string, id: DeviceIdentityId, ifMatch: string | undefined): Promise<void> {
    await callUnary(
      this.client.deleteIdentity.bind(this.client),
      { hub, deviceId: id.deviceId, moduleId: id.moduleId, ifMatch },
      { name: 'Registry/DeleteIdentity', deadlineMs },
    );
  }

  async listDevices(hub: string, limit: number): Promise<Identity[]> {
    const { devices } = await callUnary(
      this.client.listDevices.bind(this.client),
      { hub, limit },
      { name: 'Registry/ListDevices', deadlineMs },
    );
    return devices.map(toIdentity);
  }

  async listModules(hub: string, deviceId: string): Promise<Identity[]> {
    const { modules } = await callUnary(
      this.client.listModules.bind(this.client),
      { hub, deviceId },
      { name: 'Registry/ListModules', deadlineMs },
    );
    return modules.map(toIdentity);
  }

  async getStatistics(hub: string): Promise<RegistryStatistics> {
    const counts = await callUnary(
      this.client.getStatistics.bind(this.client),
      { hub },
      { name: 'Registry/GetStatistics', deadlineMs },
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
