import { createHash, timingSafeEqual } from 'node:crypto';
import { HubError } from '@linchpin/wire';
import type { Administrator } from '../domain/caller.js';
import type { Principal } from '../domain/role.js';
import type { TokenVerifier } from '../domain/token-verifier.js';

interface BearerTokensParts {
  /** The one secret that does everything on the control plane, if there is one. */
  readonly adminToken: string | undefined;
  /** Undefined when no issuer is trusted. */
  readonly verifier: TokenVerifier | undefined;
}

/** Knows who shows `Authorization: Bearer <token>`. */
export class BearerTokens {
  readonly #adminDigest: Buffer | undefined;

  constructor(private readonly parts: BearerTokensParts) {
    this.#adminDigest = parts.adminToken === undefined ? undefined : digest(parts.adminToken);
  }

  /** Who administers. @throws HubError `GenericUnauthorized`, `ServiceUnavailable` */
  async administrator(authorization: string | undefined): Promise<Administrator> {
    const token = bearerToken(authorization);
    if (token === undefined) {
      throw new HubError(
        'GenericUnauthorized',
        'The control plane needs the header "Authorization: Bearer <token>".',
      );
    }
    return this.#isAdminToken(token)
      ? { kind: 'administrator' }
      : { kind: 'principal', ...(await this.principal(token)) };
  }

  /** Whom the issuer vouches for. @throws HubError `GenericUnauthorized`, `ServiceUnavailable` */
  async principal(token: string): Promise<Principal> {
    // Three parts between dots: what is none is nothing to ask an issuer's keys for.
    const { verifier } = this.parts;
    const isJwt = /^[\w-]+\.[\w-]+\.[\w-]*$/.test(token);
    if (verifier === undefined || !isJwt) {
      throw new HubError('GenericUnauthorized', 'The bearer token does not count here.', {
        cause: isJwt ? 'no issuer of tokens is trusted' : 'the token is no JSON Web Token',
      });
    }
    return verifier.verify(token);
  }

  /** Digests have one length, which the comparison needs, and hide that of the token. */
  #isAdminToken(token: string): boolean {
    return this.#adminDigest !== undefined && timingSafeEqual(digest(token), this.#adminDigest);
  }
}

/** Undefined when the header is none of a bearer. */
export function bearerToken(authorization: string | undefined): string | undefined {
  return /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
