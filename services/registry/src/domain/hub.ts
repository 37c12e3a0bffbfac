/** A hub: one tenant of the deployment (service-rest.md section 14). */
import { isIPv6 } from 'node:net';
import {
  azureLimits,
  HubError,
  isDnsName,
  normalizeHostName,
  validateHubName,
  type HubState,
} from '@linchpin/wire';
import { validateFreeText } from './free-text.js';
import type { HubSettings } from './hub-settings.js';
import type { KeptProperties } from './kept-properties.js';

export interface HubDefinition {
  /** In the letter case of its creation; names that differ in it alone are one name. */
  readonly name: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly location: string;
  /** In lower case, at least one; the first is the one that connection strings carry. */
  readonly hostNames: readonly string[];
  /** Never changes. */
  readonly partitionCount: number;
  readonly retentionDays: number;
}

/** What the administrator chose, or did not. */
export interface ChosenSettings {
  readonly settings: HubSettings;
  readonly kept: KeptProperties;
}

export interface Hub extends HubDefinition, ChosenSettings {
  /** Tells it from an earlier or later hub of its name. */
  readonly hubGeneration: string;
  /** Its topic does not yet keep telemetry as long as the hub says. */
  readonly isTopicOutdated: boolean;
  readonly state: HubState;
  readonly etag: string;
}

/** A definition with what the administrator may leave out. */
export interface HubRequest {
  readonly name: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly location: string;
  readonly hostNames: readonly string[];
  readonly partitionCount: number | undefined;
  readonly retentionDays: number | undefined;
}

/** Of a subscription's, a resource group's and a location's name. */
export const labelLengthMax = 128;

/**
 * @param defaultDomain the host name of a hub that names none is `{name}.{defaultDomain}`
 * @throws HubError ArgumentInvalid
 */
export function defineHub(request: HubRequest, defaultDomain: string | undefined): HubDefinition {
  const { name, subscriptionId, resourceGroup, location } = request;
  validateHubName(name);
  validateFreeText('subscriptionId', subscriptionId, labelLengthMax);
  validateFreeText('resourceGroup', resourceGroup, labelLengthMax);
  validateFreeText('location', location, labelLengthMax);
  const { partitionsDefault, partitionsMax, retentionDaysDefault } = azureLimits;
  return {
    name,
    subscriptionId,
    resourceGroup,
    location,
    hostNames: readHostNames(request, defaultDomain),
    partitionCount: within(
      'partitionCount',
      request.partitionCount ?? partitionsDefault,
      partitionsMax,
    ),
    retentionDays: readRetention(request.retentionDays ?? retentionDaysDefault),
  };
}

/** @throws HubError ArgumentInvalid */
export function readRetention(days: number): number {
  return within('retentionTimeInDays', days, azureLimits.retentionDaysMax);
}

/** What a client says of a hub; undefined says nothing. */
type Named = {
  readonly [Member in keyof HubDefinition]?: HubDefinition[Member] | undefined;
};

/**
 * The members that are named otherwise than the hub has them, with both values, for messages; letter case
 * does not count, as in Azure's names.
 */
export function differencesOf(hub: HubDefinition, named: Named): string[] {
  const members = Object.keys(named) as (keyof HubDefinition)[];
  return members.flatMap((member) => {
    const value = named[member];
    const [asked, stored] = [show(value), show(hub[member])];
    return value === undefined || asked.toLowerCase() === stored.toLowerCase()
      ? []
      : [`${member} (it has ${stored}; asked for: ${asked.slice(0, shownLengthMax)})`];
  });
}

/** Of a client's value. */
const shownLengthMax = 512;

function show(value: HubDefinition[keyof HubDefinition] | undefined): string {
  return Array.isArray(value) ? value.join(', ') : String(value);
}

function readHostNames(
  { name, hostNames }: HubRequest,
  defaultDomain: string | undefined,
): readonly string[] {
  if (hostNames.length > azureLimits.hostNamesPerHubMax) {
    throw new HubError(
      'ArgumentInvalid',
      `A hub has at most ${azureLimits.hostNamesPerHubMax} host names.`,
    );
  }
  if (hostNames.length > 0) {
    return [...new Set(hostNames.map(readHostName))];
  }
  if (defaultDomain === undefined) {
    throw new HubError(
      'ArgumentInvalid',
      'hostNames: name at least one, for this deployment has no default domain.',
    );
  }
  return [readHostName(`${name}.${defaultDomain}`)];
}

/** A DNS name, an IPv4 or an IPv6 address, without a port. */
function readHostName(text: string): string {
  const hostName = text.toLowerCase();
  if (!isDnsName(hostName) && !isIPv6(hostName)) {
    throw new HubError(
      'ArgumentInvalid',
      'hostNames: each is a DNS name or an address, with no port.',
    );
  }
  return normalizeHostName(hostName);
}

function within(field: string, value: number, maximum: number): number {
  if (!Number.isInteger(value) || value < 1 || value > maximum) {
    throw new HubError('ArgumentInvalid', `${field} is a whole number from 1 to ${maximum}.`);
  }
  return value;
}
