import {
  AuthenticationType,
  ConnectionState,
  IdentityStatus,
  type Authentication as AuthenticationMessage,
  type Identity as IdentityMessage,
  type IdentityDefinition as IdentityDefinitionMessage,
  type RegistryClient,
} from '@linchpin/contracts';
import { callUnary } from '@linchpin/platform/grpc';
import type { DeviceIdentityId } from '@linchpin/wire';
import type { Authentication, Identity, IdentityDefinition } from '../domain/identity.js';
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
    };
  }
}

const authenticationTypes = {
  sas: AuthenticationType.SAS,
  selfSigned: AuthenticationType.SELF_SIGNED,
  certificateAuthority: AuthenticationType.CERTIFICATE_AUTHORITY,
  none: AuthenticationType.NONE,
} as const;

const authenticationTypeNames = new Map(
  Object.entries(authenticationTypes).map(([name, value]) => [
    value as AuthenticationType,
    name as keyof typeof authenticationTypes,
  ]),
);

function toIdentity(message: IdentityMessage): Identity {
  return {
    deviceId: message.deviceId,
    moduleId: message.moduleId,
    generationId: message.generationId,
    etag: message.etag,
    status: message.status === IdentityStatus.DISABLED ? 'disabled' : 'enabled',
    statusReason: message.statusReason,
    statusUpdatedTime: message.statusUpdatedTime,
    isConnected: message.connectionState === ConnectionState.CONNECTED,
    connectionStateUpdatedTime: message.connectionStateUpdatedTime,
    lastActivityTime: message.lastActivityTime,
    cloudToDeviceMessageCount: message.cloudToDeviceMessageCount,
    authentication: toAuthentication(present(message.authentication)),
    isEdge: message.iotEdge,
    deviceScope: message.deviceScope,
    parentScopes: message.parentScopes,
    managedBy: message.managedBy,
    attributesJson: message.attributesJson,
  };
}

function toAuthentication({ type, ...material }: AuthenticationMessage): Authentication {
  return {
    type: present(authenticationTypeNames.get(type)),
    primaryKey: material.primaryKey,
    secondaryKey: material.secondaryKey,
    primaryThumbprint: material.primaryThumbprint,
    secondaryThumbprint: material.secondaryThumbprint,
  };
}

function toDefinitionMessage(definition: IdentityDefinition): IdentityDefinitionMessage {
  const { status, authentication, isEdge, ...same } = definition;
  return {
    ...same,
    status: toStatusMessage(status),
    authentication: authentication && toAuthenticationMessage(authentication),
    iotEdge: isEdge,
  };
}

function toStatusMessage(status: IdentityDefinition['status']): IdentityStatus {
  switch (status) {
    case undefined:
      return IdentityStatus.UNSPECIFIED;
    case 'enabled':
      return IdentityStatus.ENABLED;
    case 'disabled':
      return IdentityStatus.DISABLED;
  }
}

function toAuthenticationMessage({ type, ...material }: Authentication): AuthenticationMessage {
  return {
    ...material,
    type: type === undefined ? AuthenticationType.UNSPECIFIED : authenticationTypes[type],
  };
}
