/** Whom a hub takes whatever credential he shows (security-limits.md section 6). */
import { compileIpFilter, type ClientSource } from '@linchpin/auth';
import type { AccessSettings } from './hub-settings.js';

/** Why the hub refuses a client that comes like this, for the log; undefined when it does not. */
export function whyRefused(
  { ipFilterRules }: AccessSettings,
  { address }: ClientSource,
): string | undefined {
  return compileIpFilter(ipFilterRules)(address)
    ? undefined
    : 'the IP filter of the hub rejects the address';
}
