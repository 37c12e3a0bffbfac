import type { TLSSocket } from 'node:tls';
import { shownCertificates } from '@linchpin/platform/tls';
import { azureLimits } from '@linchpin/wire';

/** As much of what the client showed in the handshake as anybody judges, its own certificate first. */
export function peerCertificates(socket: TLSSocket): readonly Buffer[] {
  const chain: Buffer[] = [];
  for (const raw of shownCertificates(socket)) {
    if (!isJudged(raw, chain)) {
      break;
    }
    chain.push(raw);
  }
  return chain;
}

/** Nobody looks at longer chains and larger issuers, so they go no further. */
function isJudged(raw: Buffer, { length }: readonly Buffer[]): boolean {
  const { certificateChainLengthMax, certificateBytesMax } = azureLimits;
  return length === 0 || (length < certificateChainLengthMax && raw.length <= certificateBytesMax);
}
