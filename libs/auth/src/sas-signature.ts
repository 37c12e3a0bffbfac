/**
 * The signature of a token (device-mqtt.md section 3.2): HMAC-SHA256 over `sr`, a line feed and `se`. The key of the
 * HMAC is the key's bytes. Clients of Event Hubs, whose audiences begin with `sb://`, take the text of the key as it
 * stands in connection strings.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

import { decodeSymmetricKey, validateSymmetricKey } from './symmetric-key.js';

/** Both texts exactly as they stand in the token: decoded or encoded anew they would not verify. */
interface SasSignedText {
  readonly audience: string;
  readonly expiry: string;
}

export interface SasSigned extends SasSignedText {
  readonly signature: Buffer;
}

/**
 * The index of the key that has signed, or undefined. A key that is none never matches. How long it
 * takes depends neither on the signature nor on which key it is.
 */
export function verifySasSignature(signed: SasSigned, keys: readonly string[]): number | undefined {
  const byText = eventHubsAudience.test(signed.audience);
  const matches = keys.map((key) => {
    const bytes = decodeSymmetricKey(key);
    const isByBytes = hasSigned(bytes, signed);
    return (byText && hasSigned(bytes && Buffer.from(key), signed)) || isByBytes;
  });
  const index = matches.indexOf(true);
  return index < 0 ? undefined : index;
}

/** @throws HubError ArgumentInvalid for a text that is no key */
export function signSas(key: string, text: SasSignedText): Buffer {
  validateSymmetricKey(key);
  return hmac(Buffer.from(key, 'base64'), text);
}

const eventHubsAudience = /^sb(?::|%3a)/i;

function hasSigned(key: Buffer | undefined, signed: SasSigned): boolean {
  if (key === undefined) {
    return false;
  }
  const expected = hmac(key, signed);
  return expected.length === signed.signature.length && timingSafeEqual(expected, signed.signature);
}

function hmac(key: Buffer, { audience, expiry }: SasSignedText): Buffer {
  return createHmac('sha256', key).update(`${audience}\n${expiry}`).digest();
}
