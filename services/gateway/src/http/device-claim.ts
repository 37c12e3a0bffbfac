/** Who claims to ask, by which credential (device-https.md section 1.3). */
import type { IncomingMessage } from 'node:http';
import { parseSasToken } from '@linchpin/auth';
import { readHost } from '@linchpin/platform/http-server';
import { azureLimits, HubError, type DeviceIdentityId } from '@linchpin/wire';
import type { Credential } from '../domain/authenticator.js';
import type { RequestClaim } from '../domain/request-accesses.js';

/**
 * The header Host names the hub; a token counts when it is for any host of that.
 *
 * @param certificates what the client showed in the TLS handshake, the leaf first, each in DER; asked for only when
 * they count
 * @throws HubError GenericBadRequest, IotHubUnauthorized
 */
export function readClaim(
  request: IncomingMessage,
  identity: DeviceIdentityId,
  certificates: () => readonly Buffer[],
): RequestClaim {
  const host = readHost(request);
  if (host === undefined) {
    throw new HubError('GenericBadRequest', 'The header Host names the hub.');
  }
  return { host, identity, credential: readCredential(request, certificates) };
}

/** A token decides, and a certificate shown beside it is ignored. C's SDK sends a blank one with a certificate. */
function readCredential(
  { headers: { authorization } }: IncomingMessage,
  certificates: () => readonly Buffer[],
): Credential {
  const token = authorization?.trim() ?? '';
  if (token.length > azureLimits.sasTokenLengthMax) {
    throw new HubError('IotHubUnauthorized', 'The header Authorization is longer than any token.');
  }
  if (token !== '') {
    return { kind: 'sas', token };
  }
  const chain = certificates();
  if (chain.length === 0) {
    throw new HubError('IotHubUnauthorized', 'Authorization header missing');
  }
  return { kind: 'certificates', chain };
}

/**
 * What the client is told of why it was refused: not which of the checks failed; the log has it. That there is no such
 * device only learns who may act for any; whoever has but a device's own credential has none then.
 */
export function toRefusal(error: unknown, { credential }: RequestClaim): unknown {
  if (!(error instanceof HubError)) {
    return error;
  }
  switch (error.code) {
    case 'DeviceNotFound':
    case 'ModuleNotFound':
      return isOfPolicy(credential) ? error : unauthorized(error);
    case 'IotHubUnauthorized':
      return unauthorized(error);
    case 'DeviceDisabled':
      return new HubError('IotHubUnauthorizedAccess', error.message, { cause: error });
    default:
      return error;
  }
}

function unauthorized(cause: HubError): HubError {
  const text = 'The credential does not count for what the path names.';
  return new HubError('IotHubUnauthorized', text, { cause });
}

function isOfPolicy(credential: Credential): boolean {
  return credential.kind === 'sas' && parseSasToken(credential.token).policy !== undefined;
}
