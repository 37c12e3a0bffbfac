import { readTlsVersion, type ClientSource } from '@linchpin/auth';
import type { ClientSource as ClientMessage } from '@linchpin/contracts';

/** Who says nothing of himself has come from nowhere that is known. */
export function fromClientMessage(message: ClientMessage | undefined): ClientSource {
  return { address: message?.address ?? '', tlsVersion: readTlsVersion(message?.tlsVersion) };
}
