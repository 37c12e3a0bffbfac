import { HubError } from '@linchpin/wire';

/** Since then a device has `attributes` and keys can be regenerated. */
const attributesSince = '2024-03-31';
const oldest = '2016-02-03';

/**
 * Any date from the first version on counts: the hub behaves the same for all but the newest, and
 * SDKs send whatever they were built with (service-rest.md section 1.1).
 *
 * @throws HubError `InvalidProtocolVersion` when it is missing, malformed or too old
 */
export function checkApiVersion(version: string | undefined): void {
  if (version === undefined || !isDate(version) || version < oldest) {
    throw new HubError(
      'InvalidProtocolVersion',
      `The query needs an api-version such as 2021-04-12, not before ${oldest}.`,
    );
  }
}

export function knowsAttributes(version: string | undefined): boolean {
  return version !== undefined && version >= attributesSince;
}

function isDate(version: string): boolean {
  const match = /^(\d{4}-\d{2}-\d{2})(?:-preview)?$/.exec(version);
  const date = match?.[1];
  if (date === undefined) {
    return false;
  }
  const time = Date.parse(`${date}T00:00:00Z`);
  // `Date.parse` takes the 30th of February for the 2nd of March.
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(date);
}
