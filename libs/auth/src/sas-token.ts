/**
 * The text of a shared access signature (device-mqtt.md section 3.1, security-limits.md section 3.1).
 *
 *     token = "SharedAccessSignature" SP field *( "&" field )
 *     field = name "=" value      ; sr, sig and se, for a policy's token also skn; in any order
 */
import { azureLimits, HubError, percentDecode } from '@linchpin/wire';

import { signSas, type SasSigned } from './sas-signature.js';
import { decodeBase64 } from './symmetric-key.js';

/** What a token claims; proven only when its signature, audience and expiry are checked. */
export interface SasToken extends SasSigned {
  /** No later than the year 9999, however far `se` is. */
  readonly expiresAt: Date;
  /** The policy whose key has signed; absent when it was a device's or module's own. */
  readonly policy: string | undefined;
}

interface SasTokenFields {
  /** Not encoded: `{host}`, `{host}/devices/{deviceId}` … */
  readonly audience: string;
  /** Base64. */
  readonly key: string;
  readonly policy?: string | undefined;
  readonly expiresAt: Date;
}

/** @throws HubError IotHubUnauthorized, with no part of the token in its text */
export function parseSasToken(text: string): SasToken {
  if (text.length > azureLimits.sasTokenLengthMax) {
    throw refusal('is too long');
  }
  const [scheme = '', fieldsText = '', ...rest] = text.trim().split(/\s+/);
  if (scheme.toLowerCase() !== 'sharedaccesssignature' || fieldsText === '' || rest.length > 0) {
    throw refusal('does not have the form SharedAccessSignature sr=…&sig=…&se=…');
  }
  const fields = parseFields(fieldsText);
  const expiry = required(fields, 'se');
  const policy = percentDecode(fields.get('skn') ?? '');
  return {
    audience: required(fields, 'sr'),
    expiry,
    expiresAt: parseExpiry(percentDecode(expiry)),
    signature: parseSignature(percentDecode(required(fields, 'sig'))),
    policy: policy === '' ? undefined : policy,
  };
}

/** Skew between the clocks of client and hub is allowed for. */
export function isSasTokenExpired(token: SasToken, now: Date): boolean {
  return token.expiresAt.getTime() + azureLimits.clockSkewMs < now.getTime();
}

/** A token as the Node SDK writes it; for tools, tests and services that act as clients. */
export function createSasToken({ audience, key, policy, expiresAt }: SasTokenFields): string {
  const sr = encodeURIComponent(audience);
  const se = String(Math.floor(expiresAt.getTime() / 1000));
  const signature = signSas(key, { audience: sr, expiry: se });
  const sig = encodeURIComponent(signature.toString('base64'));
  const skn = policy === undefined ? '' : `&skn=${encodeURIComponent(policy)}`;
  return `SharedAccessSignature sr=${sr}&sig=${sig}&se=${se}${skn}`;
}

/**
 * A field given twice is refused: two readers of one token could each take another one. Unknown
 * fields are ignored.
 */
function parseFields(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const field of text.split('&')) {
    if (field === '') {
      continue;
    }
    const equals = field.indexOf('=');
    const name = (equals < 0 ? field : field.slice(0, equals)).toLowerCase();
    if (fields.has(name)) {
      throw refusal('has a field twice');
    }
    fields.set(name, equals < 0 ? '' : field.slice(equals + 1));
  }
  return fields;
}

function required(fields: ReadonlyMap<string, string>, name: 'sr' | 'sig' | 'se'): string {
  const value = fields.get(name);
  if (value === undefined || value === '') {
    throw refusal(`lacks ${name}`);
  }
  return value;
}

const latestExpiryMs = Date.UTC(9999, 11, 31);

/** Azure reads seconds as floating point, so a fraction is legal. */
function parseExpiry(text: string): Date {
  if (!/^\d+(?:\.\d*)?$/.test(text)) {
    throw refusal('has an se that is no number of seconds');
  }
  return new Date(Math.min(Number(text) * 1000, latestExpiryMs));
}

const signatureBytes = 32;

/** A `+` that went through form decoding on its way is a space now. */
function parseSignature(text: string): Buffer {
  const signature = decodeBase64(text.replaceAll(' ', '+'));
  if (signature?.length !== signatureBytes) {
    throw refusal('has a sig that is no signature');
  }
  return signature;
}

function refusal(fault: string): HubError {
  return new HubError('IotHubUnauthorized', `The shared access signature ${fault}.`);
}
