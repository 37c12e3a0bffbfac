/** What an administrator sends of a hub (service-rest.md section 14.2). */
import { parseRights } from '@linchpin/auth';
import { azureLimits } from '@linchpin/wire';
import { anyCase, isNoDeeperThan, text } from '@linchpin/wire/json';
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

const policy = z
  .object({
    keyName: z.string(),
    rights: z.string().transform(parseRights),
    primaryKey: text,
    secondaryKey: text,
  })
  .transform(({ keyName, ...rest }): PolicyDefinition => ({ name: keyName, ...rest }));

const ipFilterRule = z.object({
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
const absent = z
  .unknown()
  .optional()
  .refine(
    (value) =>
      value === undefined || value === null || (Array.isArray(value) && value.length === 0),
    'is not served by this hub; use ipFilterRules',
  );
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

/** Whatever else an IotHubDescription holds is ignored. */
export const hubSchema = z.object({
  location: text,
  tags,
  sku: optional(z.object({ name: text, capacity: wholeNumber })),
  properties: optional(
    z.object({
      /** Ours: Azure gives a hub one name that nobody chooses. */
      hostNames: listOf(hostNamesPerHubMax, z.string()),
      /** Ours: in Azure those of the tier hold. */
      limits: anyCase(['tier', 'unlimited']),
      eventHubEndpoints: optional(
        z.object({
          events: optional(
            z.object({ partitionCount: wholeNumber, retentionTimeInDays: wholeNumber }),
          ),
        }),
      ),
      authorizationPolicies: listOf(policiesPerHubMax, policy),
      disableLocalAuth: flag,
      disableDeviceSAS: flag,
      disableModuleSAS: flag,
      ipFilterRules: listOf(ipFilterRulesMax, ipFilterRule),
      minTlsVersion: text,
      networkRuleSets: absent,
      privateEndpointConnections: absent,
      publicNetworkAccess: publicAccess,
      ...keptMembers,
    }),
  ),
});

/** PATCH is of tags alone. */
export const hubTagsSchema = z.object({ tags });

export const keyToRegenerateSchema = z.object({
  keyType: anyCase(['PrimaryKey', 'SecondaryKey']),
});

type HubBody = z.output<typeof hubSchema>;

export function toHubDefinition(
  { name, subscriptionId, resourceGroup }: HubPlace,
  body: HubBody,
): HubDefinition {
  const { location, properties } = body;
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
  return optional(z.array(member).max(lengthMax, `must not have more than ${lengthMax} members`));
}

/** Null means absent. */
function optional<Value extends z.ZodType>(value: Value): z.ZodType<z.output<Value> | undefined> {
  return value.nullish().transform((given) => given ?? undefined);
}
