/**
 * What a token is for, by its own words. Of an issuer's tokens for an audience some are not meant to be
 * shown here: those that tell a client who has logged in, or that get other tokens. Issuers mark them in
 * their own ways:
 *
 * - by `typ` in the header: `at+jwt` is an access token (RFC 9068), `logout+jwt` and the like are none;
 *   many issuers, Entra ID among them, write `JWT` whatever it is, or nothing;
 * - by a claim `typ`: Keycloak writes `Bearer`, `ID`, `Refresh`, `Offline`;
 * - not at all: access tokens of Dex are made as its ID tokens are.
 */

/** A signed token that was judged to be its issuer's. */
export interface SignedToken {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
}

export interface TokenRules {
  /** What `typ` may be, in the header and as a claim, in any letter case. */
  readonly tokenTypes: readonly string[];
  /** Ids of the clients that may have got them; undefined means any client. */
  readonly clients: readonly string[] | undefined;
}

/** By RFC 9068; OpenID Connect, Entra ID and Keycloak; Entra ID's version 1; Okta. */
const clientClaims = ['client_id', 'azp', 'appid', 'cid'];

/** @returns for the log, why the token is not for us; undefined when it is */
export function misuseOf(token: SignedToken, rules: TokenRules): string | undefined {
  return typeFault(token, rules) ?? clientFault(token, rules);
}

function typeFault(
  { header, claims }: SignedToken,
  { tokenTypes }: TokenRules,
): string | undefined {
  const allowed = tokenTypes.map(normalizeType);
  // Without one it is a JWT, as RFC 7519 has it.
  const { typ: headerType = 'JWT' } = header;
  if (!allowed.includes(normalizeType(headerType))) {
    return `the token's header says the type ${quote(headerType)}`;
  }
  const { typ: claimedType } = claims;
  return claimedType === undefined || allowed.includes(normalizeType(claimedType))
    ? undefined
    : `the token's claims say the type ${quote(claimedType)}`;
}

/** RFC 7515, 4.1.9: `at+jwt` is short for `application/at+jwt`. */
function normalizeType(type: unknown): unknown {
  return typeof type === 'string' ? type.toLowerCase().replace(/^application\//, '') : type;
}

/** All that are named: at some issuers others than itself may write one of these claims. */
function clientFault({ claims }: SignedToken, { clients }: TokenRules): string | undefined {
  if (clients === undefined) {
    return undefined;
  }
  const named = clientClaims.map((claim) => claims[claim]).filter((client) => client !== undefined);
  const allowed: readonly unknown[] = clients;
  const other = named.find((client) => !allowed.includes(client));
  if (other !== undefined) {
    return `the token was got by the client ${quote(other)}`;
  }
  return named.length > 0 ? undefined : `the token has none of ${clientClaims.join(', ')}`;
}

const quotedLengthMax = 128;

function quote(value: unknown): string {
  return JSON.stringify(value).slice(0, quotedLengthMax);
}
