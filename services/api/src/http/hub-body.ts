/** What an administrator sends of a hub (service-rest.md section 14.2). */
import { parseRights } from '@linchpin/auth';
import { azureLimits, HubError } from '@linchpin/wire';
import { anyCase, exactly, isNoDeeperThan, optional, text } from '@linchpin/wire/json';
import { z } from 'zod';
import type { HubPlace } from '../domain/find-hub.js';
import type { HubChanges, HubDefinition, PolicyDefinition } from '../domain/hub.js';

const { hostNamesPerHubMax, policiesPerHubMax, ipFilterRulesMax, tagsPerHubMax } = azureLimits;

const wholeNumber = optional(z.int());
const flag = optional(z.boolean());
/** Not each member of too many has its own fault. */
const tags = optional(
  z
    .unknown()
    .refine((value) => !isLargeObject(value), `must not have more than ${tagsPerHubMax} members`)
    .pipe(z.record(z.string(), z.string())),
);

const policy = exactly({
  keyName: z.string(),
  rights: z.string().transform(parseRights),
  primaryKey: text,
  secondaryKey: text,
}).transform(({ keyName, ...rest }): PolicyDefinition => ({ name: keyName, ...rest }));

const ipFilterRule = exactly({
  filterName: z.string(),
  action: anyCase(['Accept', 'Reject']).transform((action, context) => {
    if (action === undefined) {
      context.addIssue('must be Accept or Reject');
    }
    return action ?? 'Reject';
  }),
  ipMask: z.string(),
});

/** What would seem to protect a hub and does nothing is refused. */
function absent(fault: string): z.ZodType {
  return z
    .unknown()
    .optional()
    .refine(
      (value) =>
        value === undefined || value === null || (Array.isArray(value) && value.length === 0),
      fault,
    );
}

const publicAccess = text.refine(
  (access) => access === undefined || access.toLowerCase() === 'enabled',
  'must be Enabled; use ipFilterRules',
);

/** Ours: what is only kept for other services has no more levels. */
const keptDepthMax = 8;

const kept = z
  .unknown()
  .optional()
  .refine(
    (value) => isNoDeeperThan(keptDepthMax, value),
    `must not be deeper than ${keptDepthMax} levels`,
  );

/** Whoever keeps it looks at its shape. */
const keptMembers = {
  routing: kept,
  storageEndpoints: kept,
  messagingEndpoints: kept,
  enableFileUploadNotifications: kept,
  cloudToDevice: kept,
  comments: kept,
  features: kept,
  restrictOutboundNetworkAccess: kept,
  allowedFqdnList: kept,
  enableDataResidency: kept,
};

const keptNames = Object.keys(keptMembers) as (keyof typeof keptMembers)[];

/**
 * What Azure's descriptions hold besides, by whatever api-version: set by Azure alone, or of no effect here.
 * Clients send back all that they read, and templates name what they have always named.
 */
const ignoredMembers = {
  ofHub: ignored(
    'id',
    'type',
    'etag',
    'identity',
    'systemData',
    'subscriptionid',
    'subscriptionId',
    'resourcegroup',
    'resourceGroup',
    'kind',
    'zones',
    'managedBy',
    'plan',
    'extendedLocation',
  ),
  ofProperties: ignored(
    'state',
    'provisioningState',
    'hostName',
    'deviceHostName',
    'serviceHostName',
    'locations',
    'iotHubDetails',
    'ipVersion',
    'rootCertificate',
    'connectionProfile',
    'mqttV5Settings',
    'deviceRegistry',
    'deviceStreams',
    'operationsMonitoringProperties',
  ),
  ofSku: ignored('tier'),
  ofEndpoints: ignored('operationsMonitoringEvents'),
  ofEvents: ignored('partitionIds', 'path', 'endpoint'),
};

/** What is neither Azure's nor ours is refused: it would be a wish that nobody hears. */
export const hubSchema = exactly({
  ...ignoredMembers.ofHub,
  name: text,
  location: text,
  tags,
  sku: optional(exactly({ ...ignoredMembers.ofSku, name: text, capacity: wholeNumber })),
  properties: optional(
    exactly({
      ...ignoredMembers.ofProperties,
      /** Ours: Azure gives a hub one name that nobody chooses. */
      hostNames: listOf(hostNamesPerHubMax, z.string()),
      /** Ours: in Azure those of the tier hold. */
      limits: anyCase(['tier', 'unlimited']),
      eventHubEndpoints: optional(
        exactly({
          ...ignoredMembers.ofEndpoints,
          events: optional(
            exactly({
              ...ignoredMembers.ofEvents,
              partitionCount: wholeNumber,
              retentionTimeInDays: wholeNumber,
            }),
          ),
        }),
      ),
      authorizationPolicies: listOf(policiesPerHubMax, policy),
      disableLocalAuth: flag,
      disableDeviceSAS: flag,
      disableModuleSAS: flag,
      ipFilterRules: listOf(ipFilterRulesMax, ipFilterRule),
      minTlsVersion: text,
      networkRuleSets: absent('is not served by this hub; use ipFilterRules'),
      privateEndpointConnections: absent('is not served by this hub; use ipFilterRules'),
      encryption: absent('is not served by this hub, whose secrets the deployment seals'),
      publicNetworkAccess: publicAccess,
      ...keptMembers,
    }),
  ),
});

export const hubTagsSchema = exactly(
  { tags },
  'is not changed by PATCH, which is of tags; use PUT',
);

export const keyToRegenerateSchema = z.object({
  keyType: anyCase(['PrimaryKey', 'SecondaryKey']),
});

type HubBody = z.output<typeof hubSchema>;

/** @throws HubError `ArgumentInvalid` when the body is of another hub than the path */
export function toHubDefinition(
  { name, subscriptionId, resourceGroup }: HubPlace,
  body: HubBody,
): HubDefinition {
  const { location, properties } = body;
  if (body.name !== undefined && body.name.toLowerCase() !== name.toLowerCase()) {
    throw new HubError('ArgumentInvalid', `name: must be ${name}, as in the path.`);
  }
  const events = properties?.eventHubEndpoints?.events;
  return {
    ...{ name, subscriptionId, resourceGroup, location },
    hostNames: properties?.hostNames ?? [],
    partitionCount: events?.partitionCount,
    retentionDays: events?.retentionTimeInDays,
    changes: toChanges(body),
  };
}

function toChanges({ tags: tagged, sku, properties }: HubBody): HubChanges {
  const { limits } = properties ?? {};
  return {
    tags: tagged,
    sku: sku?.name,
    units: sku?.capacity,
    unlimited: limits && limits === 'unlimited',
    disableLocalAuth: properties?.disableLocalAuth,
    disableDeviceSas: properties?.disableDeviceSAS,
    disableModuleSas: properties?.disableModuleSAS,
    ipFilterRules: properties?.ipFilterRules,
    minTlsVersion: properties?.minTlsVersion,
    keptProperties: Object.fromEntries(
      keptNames.flatMap((member) => {
        const value = properties?.[member] ?? undefined;
        return value === undefined ? [] : [[member, value]];
      }),
    ),
    policies: properties?.authorizationPolicies,
  };
}

function isLargeObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > tagsPerHubMax;
}

/** What is longer is refused as a whole: not each member of it has its own fault. */
function listOf<Member extends z.ZodType>(
  lengthMax: number,
  member: Member,
): z.ZodType<z.output<Member>[] | undefined> {
  return optional(
    z
      .array(z.unknown())
      .refine(({ length }) => length <= lengthMax, `must not have more than ${lengthMax} members`)
      .pipe(z.array(member)),
  );
}

function ignored<const Name extends string>(
  ...names: readonly Name[]
): Record<Name, z.ZodOptional<z.ZodUnknown>> {
  const ignoredValue = z.unknown().optional();
  return Object.fromEntries(names.map((name) => [name, ignoredValue])) as Record<
    Name,
    typeof ignoredValue
  >;
}
