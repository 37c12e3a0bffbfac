import { HubError, isApiVersion, oldestApiVersion } from '@linchpin/wire';

/** Clients of all ages call, and all versions behave alike (device-https.md section 1.2). @throws HubError InvalidProtocolVersion */
export function checkCallVersion(version: string | undefined): void {
  if (!isApiVersion(version) || version < oldestApiVersion) {
    throw new HubError(
      'InvalidProtocolVersion',
      `The query needs an api-version: a date such as 2021-04-12, from ${oldestApiVersion} on.`,
    );
  }
}
