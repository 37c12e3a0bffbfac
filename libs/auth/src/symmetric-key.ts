/** Keys of devices, modules and policies: base64 of 16 to 64 bytes (service-rest.md section 2.2). */
import { randomBytes } from 'node:crypto';

import { azureLimits, HubError } from '@linchpin/wire';

const { generatedKeyBytes, symmetricKeyBytesMin, symmetricKeyBytesMax } = azureLimits;

/** 32 random bytes, 44 characters of base64. */
export function generateSymmetricKey(): string {
  return randomBytes(generatedKeyBytes).toString('base64');
}

/** @throws HubError ArgumentInvalid, which says whose key it is, and not the key */
export function validateSymmetricKey(key: string, what = 'A symmetric key'): void {
  if (decodeSymmetricKey(key) === undefined) {
    throw new HubError(
      'ArgumentInvalid',
      `${what} is base64 of ${symmetricKeyBytesMin} to ${symmetricKeyBytesMax} bytes.`,
    );
  }
}

/**
 * Undefined for what is no key: an empty text must not become an empty key, under which anybody can
 * sign. Padding may be missing.
 */
export function decodeSymmetricKey(key: string): Buffer | undefined {
  const bytes = decodeBase64(key);
  const isKey =
    bytes !== undefined &&
    bytes.length >= symmetricKeyBytesMin &&
    bytes.length <= symmetricKeyBytesMax;
  return isKey ? bytes : undefined;
}

/** `Buffer` skips what is not base64 and so reads a key out of any text; this refuses it. */
export function decodeBase64(text: string): Buffer | undefined {
  const digits = text.replace(/={1,2}$/, '');
  if (digits.length % 4 === 1 || !/^[A-Za-z0-9+/]*$/.test(digits)) {
    return undefined;
  }
  return Buffer.from(digits, 'base64');
}
