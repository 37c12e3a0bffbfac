import type { SaslInit } from '@linchpin/amqp';
import { HubError, parseSaslIdentity } from '@linchpin/wire';
import type { Credentials, Presented } from './credentials.js';

/** In the order in which Azure offers them (amqp.md section 2.2). */
export const saslMechanisms = ['EXTERNAL', 'MSSBCBS', 'ANONYMOUS', 'PLAIN'] as const;

/**
 * Judges what a client shows in the SASL layer.
 *
 * @param certificates what it showed in the TLS handshake
 * @returns whom it speaks for; undefined when that is still to come, by `$cbs` or by its certificate
 * @throws HubError `ArgumentInvalid` for what cannot be read, else why it is refused
 */
export async function judgeSasl(
  { mechanism, initialResponse }: SaslInit,
  credentials: Credentials,
  certificates: () => readonly Buffer[],
): Promise<Presented | undefined> {
  switch (mechanism) {
    case 'ANONYMOUS':
    case 'MSSBCBS':
      return undefined;
    case 'EXTERNAL':
      if (certificates().length === 0) {
        throw new HubError('IotHubUnauthorized', 'EXTERNAL without a client certificate.');
      }
      return undefined;
    case 'PLAIN':
      return judgePlain(initialResponse ?? Buffer.alloc(0), credentials);
    default:
      throw new HubError('IotHubUnauthorized', 'The mechanism is not offered.');
  }
}

/** `[authzid] NUL authcid NUL password` (RFC 4616); an authzid must be the authcid. */
async function judgePlain(response: Buffer, credentials: Credentials): Promise<Presented> {
  const [authzid = '', authcid = '', password = '', ...rest] = response
    .toString('utf8')
    .split('\0');
  const claimed = parseSaslIdentity(authcid);
  const isReadable = rest.length === 0 && (authzid === '' || authzid === authcid);
  if (claimed === undefined || !isReadable) {
    throw new HubError('ArgumentInvalid', 'The user name is not one of those of a hub.');
  }
  return credentials.presentAs(claimed, password);
}
