/** Whom a hub takes whatever credential he shows (security-limits.md sections 5 and 6). */
import { compileIpFilter, tlsVersions, type ClientSource } from '@linchpin/auth';
import type { AccessSettings } from './hub-settings.js';

/** Why the hub refuses a client that comes like this, for the log; undefined when it does not. */
export function whyRefused(
  { ipFilterRules, minTlsVersion = tlsVersions[0] }: AccessSettings,
  // Who does not tell speaks at least what every listener asks for.
  { address, tlsVersion = tlsVersions[0] }: ClientSource,
): string | undefined {
  if (!compileIpFilter(ipFilterRules)(address)) {
    return 'the IP filter of the hub rejects the address';
  }
  if (tlsVersions.indexOf(tlsVersion) < tlsVersions.indexOf(minTlsVersion)) {
    return `the hub takes nobody who comes by TLS ${tlsVersion}`;
  }
  return undefined;
}
