/**
 * Judges an Edge device, or a module of it, that comes to the service REST API with its own token
 * (service-rest.md section 13.6). Nobody else's own token counts there.
 */
import { audienceHost, parseSasToken, type ClientSource } from '@linchpin/auth';
import { HubError, type HubId, type HubLimits } from '@linchpin/wire';
import type { AuthenticatedDevice, DeviceAuthenticator } from './authenticate-device.js';
import type { IdentityId } from './device-identity.js';
import { accessRefused } from './registry-errors.js';

export interface EdgeClaim extends IdentityId {
  readonly token: string;
  readonly client: ClientSource;
}

interface AuthorizedEdge extends HubId {
  readonly limits: HubLimits;
}

export class EdgeAuthorizer {
  constructor(private readonly authenticator: DeviceAuthenticator) {}

  /** @throws HubError IotHubUnauthorizedAccess, in the same words whatever was wrong */
  async authorize(claim: EdgeClaim): Promise<AuthorizedEdge> {
    const { scope, hub, ofEdgeDevice } = await this.#authenticate(claim);
    if (scope === 'hub') {
      throw accessRefused('a policy has signed the token');
    }
    if (!ofEdgeDevice) {
      throw accessRefused(`the device ${claim.deviceId} is no Edge device`);
    }
    return { hub: hub.name, hubGeneration: hub.hubGeneration, limits: hub.settings.limits };
  }

  async #authenticate(claim: EdgeClaim): Promise<AuthenticatedDevice> {
    const { token: text, deviceId, moduleId, client } = claim;
    try {
      const hostName = audienceHost(parseSasToken(text).audience);
      const credential = { kind: 'token', text } as const;
      return await this.authenticator.authenticate({
        hostName,
        client,
        deviceId,
        moduleId,
        credential,
      });
    } catch (error) {
      throw error instanceof HubError && error.httpStatus < 500 ? accessRefused(error) : error;
    }
  }
}
