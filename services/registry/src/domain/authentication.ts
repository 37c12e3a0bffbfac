/** How a device or module proves who it is (service-rest.md section 2.2). */
import { normalizeThumbprint, validateSymmetricKey } from '@linchpin/auth';
import {
  HubError,
  type AuthenticationType,
  type Authentication as ClientAuthentication,
} from '@linchpin/wire';

/**
 * As it is stored: each type has its own material and no other. Keys are base64 of 16 to 64 bytes. What
 * clients send and see, wire's `Authentication`, has room for all at once.
 */
export type Authentication =
  | { readonly type: 'sas'; readonly primaryKey: string; readonly secondaryKey: string }
  | ({ readonly type: 'selfSigned' } & Thumbprints)
  | { readonly type: 'certificateAuthority' }
  | { readonly type: 'none' };

/** As the client spelled them; at least one is there. */
export interface Thumbprints {
  readonly primaryThumbprint: string | undefined;
  readonly secondaryThumbprint: string | undefined;
}

/** What a client sends: any part may be missing or empty, and parts of other types may be there. */
export type AuthenticationDefinition = Partial<ClientAuthentication>;

/** 64 hexadecimal digits with a separator between each two bytes have fewer characters. */
const thumbprintLengthMax = 128;

/**
 * Completes what the client left out: without a type its material decides, and keys that are missing
 * are generated. What belongs to another type is dropped.
 *
 * @throws HubError ArgumentInvalid, with no key in its text
 */
export function completeAuthentication(
  given: AuthenticationDefinition | undefined,
  generateKey: () => string,
): Authentication {
  const type = given?.type ?? impliedType(given);
  switch (type) {
    case 'sas':
      return {
        type,
        primaryKey: keyOr(given?.primaryKey, 'primaryKey', generateKey),
        secondaryKey: keyOr(given?.secondaryKey, 'secondaryKey', generateKey),
      };
    case 'selfSigned':
      return { type, ...readThumbprints(given) };
    case 'certificateAuthority':
    case 'none':
      return { type };
  }
}

/** Clients that are older than `type` send only the material. */
function impliedType(given: AuthenticationDefinition | undefined): AuthenticationType {
  const hasKey = isGiven(given?.primaryKey) || isGiven(given?.secondaryKey);
  const hasThumbprint = isGiven(given?.primaryThumbprint) || isGiven(given?.secondaryThumbprint);
  return hasThumbprint && !hasKey ? 'selfSigned' : 'sas';
}

function keyOr(given: string | undefined, member: string, generateKey: () => string): string {
  if (!isGiven(given)) {
    return generateKey();
  }
  validateSymmetricKey(given, `The ${member}`);
  return given;
}

function readThumbprints(given: AuthenticationDefinition | undefined): Thumbprints {
  const primaryThumbprint = readThumbprint(given?.primaryThumbprint);
  const secondaryThumbprint = readThumbprint(given?.secondaryThumbprint);
  if (primaryThumbprint === undefined && secondaryThumbprint === undefined) {
    throw new HubError(
      'ArgumentInvalid',
      'Authentication of type selfSigned needs primaryThumbprint or secondaryThumbprint.',
    );
  }
  return { primaryThumbprint, secondaryThumbprint };
}

function readThumbprint(given: string | undefined): string | undefined {
  if (!isGiven(given)) {
    return undefined;
  }
  normalizeThumbprint(given.slice(0, thumbprintLengthMax + 1));
  if (given.length > thumbprintLengthMax) {
    throw new HubError('ArgumentInvalid', 'A thumbprint has too many separators.');
  }
  return given;
}

function isGiven(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}
