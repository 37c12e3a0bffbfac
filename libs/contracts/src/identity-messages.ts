/** Identities and their changes between the contract and the words of services, and of Azure's JSON. */
import assert from 'node:assert';
import type { Authentication, BulkChange, Identity, IdentityDefinition } from '@linchpin/wire';
import { authenticationTypeMessages, bulkActionMessages, wordOf } from './enum-names.js';
import type { BulkRow } from './gen/linchpin/registry/v1/bulk.js';
import {
  AuthenticationType,
  ConnectionState,
  IdentityStatus,
  type Authentication as AuthenticationMessage,
  type Identity as IdentityMessage,
} from './gen/linchpin/registry/v1/identity.js';
import type { IdentityDefinition as IdentityDefinitionMessage } from './gen/linchpin/registry/v1/registry.js';

export function toIdentity(message: IdentityMessage): Identity {
  assert(message.authentication !== undefined, 'every identity has an authentication');
  return {
    deviceId: message.deviceId,
    moduleId: message.moduleId,
    generationId: message.generationId,
    etag: message.etag,
    status: message.status === IdentityStatus.DISABLED ? 'disabled' : 'enabled',
    statusReason: message.statusReason,
    statusUpdatedTime: message.statusUpdatedTime,
    connectionState:
      message.connectionState === ConnectionState.CONNECTED ? 'Connected' : 'Disconnected',
    connectionStateUpdatedTime: message.connectionStateUpdatedTime,
    lastActivityTime: message.lastActivityTime,
    cloudToDeviceMessageCount: message.cloudToDeviceMessageCount,
    authentication: toAuthentication(message.authentication),
    iotEdge: message.iotEdge,
    deviceScope: message.deviceScope,
    parentScopes: message.parentScopes,
    managedBy: message.managedBy,
    attributesJson: message.attributesJson,
  };
}

function toAuthentication({ type, ...material }: AuthenticationMessage): Authentication {
  const name = wordOf(authenticationTypeMessages, type);
  assert(name !== undefined, 'every authentication has a type');
  return {
    type: name,
    primaryKey: material.primaryKey,
    secondaryKey: material.secondaryKey,
    primaryThumbprint: material.primaryThumbprint,
    secondaryThumbprint: material.secondaryThumbprint,
  };
}

export function toBulkRow({ action, definition, ifMatch }: BulkChange): BulkRow {
  return {
    action: bulkActionMessages[action],
    definition: toDefinitionMessage(definition),
    ifMatch,
  };
}

export function toDefinitionMessage(definition: IdentityDefinition): IdentityDefinitionMessage {
  const { status, authentication, ...same } = definition;
  return {
    ...same,
    status: toStatusMessage(status),
    authentication: authentication && toAuthenticationMessage(authentication),
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
