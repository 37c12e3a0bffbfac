import { HubError } from '@linchpin/wire';

const lockTokenBytes = 16;

/** @throws HubError ArgumentInvalid for bytes that can name no lock */
export function requireLockToken(lockToken: Uint8Array): void {
  if (lockToken.length !== lockTokenBytes) {
    throw new HubError('ArgumentInvalid', `A lock token has ${lockTokenBytes} bytes.`);
  }
}
