/** Identities between identity.proto and the domain. */
import {
  authenticationTypeMessages,
  AuthenticationType as TypeMessage,
  ConnectionState as ConnectionStateMessage,
  IdentityStatus as StatusMessage,
  wordOf,
  type Authentication as AuthenticationMessage,
  type Identity as IdentityMessage,
  type IdentityDefinition as DefinitionMessage,
} from '@linchpin/contracts';
import { HubError } from '@linchpin/wire';
import type {
  Authentication,
  AuthenticationDefinition,
  AuthenticationType,
} from '../domain/authentication.js';
import type {
  DeviceIdentity,
  IdentityDefinition,
  IdentityStatus,
} from '../domain/device-identity.js';

export function toIdentityMessage(identity: DeviceIdentity): IdentityMessage {
  const { deviceId, moduleId, generationId, etag, statusReason } = identity;
  return {
    deviceId,
    moduleId,
    generationId,
    etag,
    status: identity.status === 'enabled' ? StatusMessage.ENABLED : StatusMessage.DISABLED,
    statusReason,
    statusUpdatedTime: identity.statusUpdatedTime,
    connectionState:
      identity.connectionState === 'Connected'
        ? ConnectionStateMessage.CONNECTED
        : ConnectionStateMessage.DISCONNECTED,
    connectionStateUpdatedTime: identity.connectionStateUpdatedTime,
    lastActivityTime: identity.lastActivityTime,
    // Queued messages are not the registry's to know.
    cloudToDeviceMessageCount: 0,
    authentication: toAuthenticationMessage(identity.authentication),
    iotEdge: identity.iotEdge,
    deviceScope: identity.deviceScope,
    parentScopes: [...identity.parentScopes],
    managedBy: identity.managedBy,
    attributesJson: identity.attributes,
  };
}

/** @throws HubError ArgumentInvalid for an enum value of a newer contract */
export function fromDefinitionMessage(message: DefinitionMessage | undefined): IdentityDefinition {
  if (message === undefined) {
    throw new HubError('ArgumentNull', 'The definition is missing.');
  }
  const { deviceId, moduleId, statusReason, iotEdge, deviceScope, parentScopes } = message;
  return {
    deviceId,
    moduleId,
    status: fromStatusMessage(message.status),
    statusReason,
    authentication: message.authentication && fromAuthenticationMessage(message.authentication),
    iotEdge,
    deviceScope,
    parentScopes,
    managedBy: message.managedBy,
    attributes: message.attributesJson,
  };
}

function toAuthenticationMessage(authentication: Authentication): AuthenticationMessage {
  switch (authentication.type) {
    case 'sas':
    case 'selfSigned':
      return { ...authentication, type: authenticationTypeMessages[authentication.type] };
    case 'certificateAuthority':
    case 'none':
      return { type: authenticationTypeMessages[authentication.type] };
  }
}

function fromAuthenticationMessage(message: AuthenticationMessage): AuthenticationDefinition {
  return { ...message, type: fromTypeMessage(message.type) };
}

function fromTypeMessage(type: TypeMessage): AuthenticationType | undefined {
  const word = wordOf(authenticationTypeMessages, type);
  if (word === undefined && type !== TypeMessage.UNSPECIFIED) {
    throw unknownValue('authentication type', type);
  }
  return word;
}

function fromStatusMessage(status: StatusMessage): IdentityStatus {
  switch (status) {
    case StatusMessage.UNSPECIFIED:
    case StatusMessage.ENABLED:
      return 'enabled';
    case StatusMessage.DISABLED:
      return 'disabled';
    default:
      throw unknownValue('status', status);
  }
}

/** A newer caller may know more values. */
function unknownValue(field: string, value: number): HubError {
  return new HubError('ArgumentInvalid', `The ${field} ${String(value)} is not known.`);
}
