/** Identities between identity.proto and the domain. */
import {
  authenticationTypeMessages,
  AuthenticationType,
  ConnectionState,
  IdentityStatus,
  type Authentication as AuthenticationMessage,
  type Identity as IdentityMessage,
  type IdentityDefinition as IdentityDefinitionMessage,
} from '@linchpin/contracts';
import type { Authentication, Identity, IdentityDefinition } from '@linchpin/wire';
import { present } from './present.js';

const authenticationTypeNames = new Map(
  Object.entries(authenticationTypeMessages).map(([name, value]) => [
    value as AuthenticationType,
    name as keyof typeof authenticationTypeMessages,
  ]),
);

export function toIdentity(message: IdentityMessage): Identity {
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

export function toDefinitionMessage(definition: IdentityDefinition): IdentityDefinitionMessage {
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
    type: type === undefined ? AuthenticationType.UNSPECIFIED : authenticationTypeMessages[type],
  };
}
