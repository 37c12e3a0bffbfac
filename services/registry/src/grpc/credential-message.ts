/** Credentials and what they prove, between registry.proto and the domain. */
import {
  AuthenticationKind,
  AuthenticationScope,
  type AuthenticateDeviceRequest,
  type AuthenticateDeviceResponse,
} from '@linchpin/contracts';
import { HubError } from '@linchpin/wire';
import type { AuthenticatedDevice, DeviceCredential } from '../domain/authenticate-device.js';

/** @throws HubError IotHubUnauthorized when there is none */
export function fromCredentialMessage(
  message: AuthenticateDeviceRequest['credential'],
): DeviceCredential {
  switch (message?.$case) {
    case 'sharedAccessSignature':
      return { kind: 'token', text: message.value };
    case 'certificates': {
      const [leaf] = message.value.der;
      if (leaf !== undefined) {
        return { kind: 'certificate', leaf };
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
    generationId,
    scope: scopeMessages[scope],
    kind: kindMessages[kind],
    expiresAt,
    credentialIds: [...credentialIds],
    limits: hub.settings.limits,
    telemetryTopic,
    telemetryPartitions: hub.partitionCount,
  };
}

const scopeMessages = {
  device: AuthenticationScope.DEVICE,
  module: AuthenticationScope.MODULE,
  hub: AuthenticationScope.HUB,
} as const satisfies Record<AuthenticatedDevice['scope'], AuthenticationScope>;

const kindMessages = {
  sas: AuthenticationKind.SAS,
  thumbprint: AuthenticationKind.X509_THUMBPRINT,
} as const satisfies Record<AuthenticatedDevice['kind'], AuthenticationKind>;
