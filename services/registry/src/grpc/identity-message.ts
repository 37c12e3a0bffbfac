/** Identities between identity.proto and the domain. */
import {
  authenticationTypeMessages,
  AuthenticationType as TypeMessage,
  connectionStateMessages,
  identityStatusMessages,
  IdentityStatus as StatusMessage,
  wordOf,
  type Authentication as AuthenticationMessage,
  type Identity as IdentityMessage,
  type IdentityDefinition as DefinitionMessage,
} from '@linchpin/contracts';
import { HubError, type AuthenticationType, type IdentityStatus } from '@linchpin/wire';
import type { Authentication, AuthenticationDefinition } from '../domain/authentication.js';
import type { DeviceIdentity, IdentityDefinition } from '../domain/device-identity.js';

export function toIdentityMessage(identity: DeviceIdentity): IdentityMessage {
  const { status, connectionState, authentication, parentScopes, ...same } = identity;
  return {
    ...same,
    status: identityStatusMessages[status],
    connectionState: connectionStateMessages[connectionState],
    // Queued messages are not the registry's to know.
    cloudToDeviceMessageCount: 0,
    authentication: toAuthenticationMessage(authentication),
    parentScopes: [...parentScopes],
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
    attributesJson: message.attributesJson,
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
