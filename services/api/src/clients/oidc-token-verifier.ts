/** Bearer tokens of an OpenID Connect issuer: signed JWTs (RFC 7519, RFC 8725). */
import { HubError } from '@linchpin/wire';
import { jwtVerify } from 'jose';
import type { Principal } from '../domain/role.js';
import { claimAt, readGrants, type RoleMapping } from '../domain/role-claims.js';
import { misuseOf, type SignedToken, type TokenRules } from '../domain/token-use.js';
import type { TokenVerifier } from '../domain/token-verifier.js';
import type { IssuerKeys } from './issuer-keys.js';

export interface OidcSettings extends TokenRules {
  /** As its tokens and its discovery document spell it. */
  readonly issuer: string;
  /** A token is for one of these. */
  readonly audiences: readonly string[];
  readonly rolesClaim: string;
  /** Undefined when the values of the claim are names of roles. */
  readonly roleMapping: RoleMapping | undefined;
  /** Under which requests are logged and remembered. */
  readonly nameClaim: string;
}

interface OidcTokenVerifierParts {
  readonly settings: OidcSettings;
  readonly keys: IssuerKeys;
  readonly clock: () => Date;
}

/** Signatures by a key that nobody but the issuer has; never `none`, never a secret that we would share. */
const algorithms = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

const clockSkewSeconds = 60;

/** The header of a request has 16 KiB for everything. */
const tokenLengthMax = 12 * 1024;

const nameLengthMax = 256;

export class OidcTokenVerifier implements TokenVerifier {
  constructor(private readonly parts: OidcTokenVerifierParts) {}

  async verify(token: string): Promise<Principal> {
    const { settings } = this.parts;
    const signed = await this.#verifySigned(token);
    const misuse = misuseOf(signed, settings);
    if (misuse !== undefined) {
      throw refusal(misuse);
    }
    const name = claimAt(signed.claims, settings.nameClaim);
    if (typeof name !== 'string' || name === '' || name.length > nameLengthMax) {
      throw refusal(`the token has no usable claim ${settings.nameClaim}`);
    }
    const roles = claimAt(signed.claims, settings.rolesClaim);
    return { name, grants: readGrants(roles, settings.roleMapping) };
  }

  async #verifySigned(token: string): Promise<SignedToken> {
    if (token.length > tokenLengthMax) {
      throw refusal('the token is too long');
    }
    const { settings, keys, clock } = this.parts;
    try {
      const { protectedHeader, payload } = await jwtVerify(token, (header) => keys.find(header), {
        algorithms,
        issuer: settings.issuer,
        audience: [...settings.audiences],
        clockTolerance: clockSkewSeconds,
        currentDate: clock(),
        requiredClaims: ['exp'],
      });
      return { header: protectedHeader, claims: payload };
    } catch (error) {
      throw error instanceof HubError ? error : refusal(error);
    }
  }
}

/** The reason is for the log: whoever asks is not told which check failed. */
function refusal(reason: unknown): HubError {
  return new HubError('GenericUnauthorized', 'The bearer token does not count here.', {
    cause: reason,
  });
}
