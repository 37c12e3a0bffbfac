/** The property `iothub-connection-auth-method` (device-mqtt.md section 6): JSON text in a fixed order. */

export type AuthScope = 'device' | 'module' | 'hub';
export type AuthType = 'sas' | 'x509Certificate';

/** `hub` is the scope of a policy's token. */
export function formatConnectionAuthMethod(scope: AuthScope, type: AuthType): string {
  const issuer = type === 'sas' ? 'iothub' : 'external';
  return JSON.stringify({ scope, type, issuer, acceptingIpFilterRule: null });
}
