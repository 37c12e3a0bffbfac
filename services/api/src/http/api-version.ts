/**
 * The versions of its interfaces that the hub is asked for (service-rest.md section 1.1). From 2024-03-31 on
 * devices have `attributes`; otherwise all versions behave alike. So a version that no client has ever sent
 * is a mistake, and is told so; but one as new as the newest that is known, or newer, is taken: clients may
 * be newer than the hub.
 */
import { HubError, isApiVersion } from '@linchpin/wire';

/** Since then a device has `attributes` and keys can be regenerated. */
const attributesSince = '2024-03-31';

/**
 * What released SDKs for Node, Python, .NET, Java and Go send or have sent, the Edge runtime, Azure CLI
 * and IoT Explorer, and what the REST reference has named.
 */
export const serviceApiVersions: readonly string[] = [
  '2015-08-15-preview',
  '2016-02-03',
  '2016-04-25-preview',
  '2016-04-30',
  '2016-09-30-preview',
  '2016-11-14',
  '2017-06-30',
  '2017-07-11',
  '2017-10-15',
  '2017-11-08-preview',
  '2018-01-16',
  '2018-03-01-preview',
  '2018-06-30',
  '2018-08-30-preview',
  '2018-10-20-preview',
  '2019-03-30',
  '2019-07-01-preview',
  '2019-10-01',
  '2020-03-01',
  '2020-03-13',
  '2020-05-31-preview',
  '2020-06-30-preview',
  '2020-09-30',
  '2021-04-12',
  '2021-11-30',
  '2024-03-31',
  '2025-08-01-preview',
];

/** Of Azure's resource type Microsoft.Devices/IotHubs, as its templates' reference lists them. */
export const resourceApiVersions: readonly string[] = [
  '2015-08-15-preview',
  '2016-02-03',
  '2017-01-19',
  '2017-07-01',
  '2018-01-22',
  '2018-04-01',
  '2018-04-01-preview',
  '2018-12-01-preview',
  '2019-03-22-preview',
  '2019-03-22',
  '2019-07-01-preview',
  '2019-11-04',
  '2020-01-01',
  '2020-03-01',
  '2020-04-01',
  '2020-06-15',
  '2020-07-10-preview',
  '2020-08-01',
  '2020-08-31-preview',
  '2020-08-31',
  '2021-02-01-preview',
  '2021-03-03-preview',
  '2021-03-31',
  '2021-07-01-preview',
  '2021-07-01',
  '2021-07-02-preview',
  '2021-07-02',
  '2022-04-30-preview',
  '2022-11-15-preview',
  '2023-06-30-preview',
  '2023-06-30',
  '2025-08-01-preview',
  '2026-03-01-preview',
  '2026-05-01-preview',
  '2026-08-01-preview',
  '2026-10-01-preview',
];

/** Of what a client sent in its place. */
const namedLengthMax = 32;

/** Of the service REST API. @throws HubError `InvalidProtocolVersion` */
export function checkServiceApiVersion(version: string | undefined): void {
  if (version === undefined || !isTaken(version, serviceApiVersions)) {
    const fault = version ? `The api-version ${quote(version)} is not known` : 'No api-version';
    throw new HubError(
      'InvalidProtocolVersion',
      `${fault}: the query needs one of ${serviceApiVersions.join(', ')}, or a later one.`,
    );
  }
}

/**
 * Of the control plane, its own operations included.
 *
 * @throws HubError `MissingApiVersionParameter`, `InvalidApiVersionParameter`
 */
export function checkResourceApiVersion(version: string | undefined): void {
  if (!version) {
    throw new HubError(
      'MissingApiVersionParameter',
      'The api-version query parameter (?api-version=) is required for all requests.',
    );
  }
  if (!isTaken(version, resourceApiVersions)) {
    const supported = resourceApiVersions.toReversed().join(',');
    throw new HubError(
      'InvalidApiVersionParameter',
      `The api-version ${quote(version)} is invalid. The supported versions are '${supported}'.`,
    );
  }
}

export function knowsAttributes(version: string | undefined): boolean {
  return version !== undefined && version >= attributesSince;
}

/** What was a preview at its date may have left it, under the same date. */
function isTaken(version: string, known: readonly string[]): boolean {
  const newestDate = (known.at(-1) ?? '').replace(/-preview$/, '');
  return known.includes(version) || (isApiVersion(version) && version >= newestDate);
}

function quote(version: string): string {
  return `'${version.slice(0, namedLengthMax)}'`;
}
