/**
 * Judges the shared access signature of a service request (security-limits.md sections 2 and 3). What
 * the policy may do is the caller's to compare with what the request needs.
 */
import {
  audienceCovers,
  audienceHost,
  isSasTokenExpired,
  parseSasToken,
  serviceResource,
  type ClientSource,
  type SasToken,
} from '@linchpin/auth';
import { credentialClass, servicePolicyKeyCredential } from './credential-id.js';
import type { CredentialHub, CredentialStore } from './credential-store.js';
import { whyRefused } from './refused-source.js';
import { accessRefused } from './registry-errors.js';
import { signingKey } from './signing-key.js';

interface ServiceClaim {
  readonly token: string;
  /** Of the request, percent-decoded, without host or query. */
  readonly path: string;
  readonly client: ClientSource;
}

export interface AuthorizedService {
  readonly hub: CredentialHub;
  readonly policy: string;
  /** Bits as in `rightBits` of @linchpin/auth. */
  readonly rights: number;
  /** When the token ceases to count, without skew. */
  readonly expiresAt: Date;
  /** All that the access rests on, named as in credential-id.ts. */
  readonly credentialIds: readonly string[];
}

interface ServiceAuthorizerParts {
  readonly store: CredentialStore;
  readonly clock: () => Date;
}

export class ServiceAuthorizer {
  constructor(private readonly parts: ServiceAuthorizerParts) {}

  /** @throws HubError IotHubUnauthorizedAccess, in the same words whatever was wrong */
  async authorize({ token: text, path, client }: ServiceClaim): Promise<AuthorizedService> {
    const token = parse(text);
    const hostName = audienceHost(token.audience);
    if (isSasTokenExpired(token, this.parts.clock())) {
      throw accessRefused(`the token expired at ${token.expiresAt.toISOString()}`);
    }
    if (token.policy === undefined) {
      throw accessRefused('the token names no policy, and a device may not do this');
    }
    const found = await this.parts.store.findPolicy({ hostName, policyName: token.policy });
    const objection = found && whyRefused(found.hub.settings, client);
    if (objection !== undefined) {
      throw accessRefused(objection);
    }
    const policy = found?.policy;
    const key = signingKey(token, policy);
    if (found === undefined) {
      throw accessRefused('no active hub has the host name');
    }
    if (policy === undefined) {
      throw accessRefused('the hub has no policy of that name');
    }
    if (key === undefined) {
      throw accessRefused('no key of the policy has signed the token');
    }
    if (!audienceCovers(token.audience, serviceResource(hostName, path))) {
      throw accessRefused('the token is for another resource');
    }
    const { hub } = found;
    if (hub.settings.disableLocalAuth) {
      throw accessRefused('the hub accepts no token of a policy');
    }
    const credentialIds = [
      servicePolicyKeyCredential(hub.name, policy.name, key),
      credentialClass.localAuth,
    ];
    const { name, rights } = policy;
    return { hub, policy: name, rights, expiresAt: token.expiresAt, credentialIds };
  }
}

function parse(text: string): SasToken {
  try {
    return parseSasToken(text);
  } catch (error) {
    throw accessRefused(error);
  }
}
