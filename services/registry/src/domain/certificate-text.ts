/** Certificates as an administrator sends them: PEM, base64 of PEM, or base64 of DER. */
import { HubError } from '@linchpin/wire';

const pemBlock = /-----BEGIN CERTIFICATE-----([\sA-Za-z0-9+/=]*)-----END CERTIFICATE-----/g;

/** Ours: ten certificates of the largest size, in PEM and in base64 once more. */
const textLengthMax = 160 * 1024;

/**
 * In DER, in the order of the text; whatever else stands around PEM is skipped.
 *
 * @throws HubError ArgumentInvalid when there is none
 */
export function decodeCertificates(text: string): readonly Uint8Array[] {
  if (text.length > textLengthMax) {
    throw new HubError('ArgumentInvalid', `certificate: more than ${textLengthMax} characters.`);
  }
  if (text.includes('-----BEGIN')) {
    return requireSome(decodePem(text));
  }
  const bytes = decodeBase64(text);
  const inner = bytes.toString('latin1');
  return requireSome(inner.includes('-----BEGIN') ? decodePem(inner) : [bytes]);
}

function decodePem(text: string): Buffer[] {
  return Array.from(text.matchAll(pemBlock), ([, base64 = '']) => decodeBase64(base64));
}

function decodeBase64(text: string): Buffer {
  const digits = text.replace(/\s/g, '');
  return /^[A-Za-z0-9+/]+={0,2}$/.test(digits) ? Buffer.from(digits, 'base64') : Buffer.alloc(0);
}

function requireSome(certificates: readonly Buffer[]): readonly Buffer[] {
  if (certificates.length === 0 || certificates.some(({ length }) => length === 0)) {
    throw new HubError(
      'ArgumentInvalid',
      'certificate: must be a certificate in PEM, or base64 of PEM or of DER.',
    );
  }
  return certificates;
}
