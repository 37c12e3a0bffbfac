/** Which of two keys has signed a token (device-mqtt.md section 3.2). */
import { verifySasSignature, type SasToken } from '@linchpin/auth';

export interface KeyPair {
  readonly primaryKey: string;
  readonly secondaryKey: string;
}

/** Where there are no keys, others that nobody has are tried: it takes as long, and none counts. */
export function signingKey(token: SasToken, keys: KeyPair | undefined): string | undefined {
  const { primaryKey, secondaryKey } = keys ?? nobodysKeys;
  const pair = [primaryKey, secondaryKey];
  const index = verifySasSignature(token, pair);
  return keys === undefined || index === undefined ? undefined : pair[index];
}

const nobodysKeys: KeyPair = {
  primaryKey: Buffer.alloc(32, 1).toString('base64'),
  secondaryKey: Buffer.alloc(32, 2).toString('base64'),
};
