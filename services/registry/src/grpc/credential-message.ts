/** Credentials and what they prove, between registry.proto and the domain. */
import {
  AuthenticationKind,
  authenticationScopeMessages,
  type AuthenticateDeviceRequest,
  type AuthenticateDeviceResponse,
  type AuthorizeServiceResponse,
} from '@linchpin/contracts';
import { HubError } from '@linchpin/wire';
import type { AuthenticatedDevice, DeviceCredential } from '../domain/authenticate-device.js';
import type { AuthorizedService } from '../domain/authorize-service.js';

/** @throws HubError IotHubUnauthorized when there is none */
export function fromCredentialMessage(
  message: AuthenticateDeviceRequest['credential'],
): DeviceCredential {
  switch (message?.$case) {
    case 'sharedAccessSignature':
      return { kind: 'token', text: message.value };
    case 'certificates': {
      const { der } = message.value;
      if (der.length > 0) {
        return { kind: 'certificates', shown: der };
      }
      break;
    }
    case undefined:
      break;
  }
  throw new HubError('IotHubUnauthorized', 'The device showed no credential.');
}

export function toAuthenticatedMessage(
  { hub, generationId, scope, kind, expiresAt, credentialIds }: AuthenticatedDevice,
  telemetryTopic: string,
): AuthenticateDeviceResponse {
  return {
    hub: hub.name,
    hubGeneration: hub.hubGeneration,
    generationId,
    scope: authenticationScopeMessages[scope],
    kind: kindMessages[kind],
    expiresAt,
    credentialIds: [...credentialIds],
    limits: hub.settings.limits,
    telemetryTopic,
    telemetryPartitions: hub.partitionCount,
  };
}

export function toAuthorizedMessage(
  { hub, policy, rights, expiresAt, credentialIds }: AuthorizedService,
  telemetryTopic: string,
): AuthorizeServiceResponse {
  return {
    hub: hub.name,
    hubGeneration: hub.hubGeneration,
    policy,
    rights,
    limits: hub.settings.limits,
    expiresAt,
    credentialIds: [...credentialIds],
    telemetryTopic,
    telemetryPartitions: hub.partitionCount,
  };
}

const kindMessages = {
  sas: AuthenticationKind.SAS,
  thumbprint: AuthenticationKind.X509_THUMBPRINT,
  certificateAuthority: AuthenticationKind.X509_CA,
} as const satisfies Record<AuthenticatedDevice['kind'], AuthenticationKind>;
