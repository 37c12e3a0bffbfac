/** The shape of `properties.routing` of a hub (service-rest.md sections 14.2 and 14.3). */
import { optional } from '@linchpin/wire/json';
import { z } from 'zod';
import { boundedText } from './kept-values.js';

/** As many as a hub may have (security-limits.md section 11). */
const endpointsMax = 10;
const routesMax = 100;
const enrichmentsMax = 10;

/** Ours: Azure states no bound. */
const conditionLengthMax = 4_096;
const secretLengthMax = 4_096;

const builtInEndpoint = 'events';
const reservedNames = [builtInEndpoint, 'filenotifications', '$default'];

const nameText = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/, 'has 1 to 64 letters, digits and - . _');
const endpointName = nameText.refine(
  (name) => !reservedNames.includes(name.toLowerCase()),
  'is the name of an endpoint that every hub has',
);
const secret = optional(z.string().max(secretLengthMax));
const uri = optional(boundedText(2_048));
const identity = optional(z.object({ userAssignedIdentity: optional(boundedText(512)) }));

const anyEndpoint = {
  id: optional(boundedText(64)),
  name: endpointName,
  endpointUri: uri,
  authenticationType: optional(z.enum(['keyBased', 'identityBased'])),
  identity,
  subscriptionId: optional(boundedText(128)),
  resourceGroup: optional(boundedText(128)),
};

const queueEndpoint = z.object({
  ...anyEndpoint,
  connectionString: secret,
  entityPath: optional(boundedText(260)),
});

const storageEndpoint = z.object({
  ...anyEndpoint,
  connectionString: secret,
  containerName: boundedText(63),
  fileNameFormat: optional(boundedText(256).refine(hasAllTokens, 'lacks one of its tokens')),
  batchFrequencyInSeconds: optional(z.int().min(60).max(720)),
  maxChunkSizeInBytes: optional(z.int().min(10_485_760).max(524_288_000)),
  encoding: optional(z.enum(['Avro', 'AvroDeflate', 'JSON', 'avro', 'avroDeflate'])),
});

const cosmosEndpoint = z.object({
  ...anyEndpoint,
  primaryKey: secret,
  secondaryKey: secret,
  databaseName: boundedText(255),
  containerName: boundedText(255),
  partitionKeyName: optional(boundedText(255)),
  partitionKeyTemplate: optional(boundedText(255)),
});

function listOf<Member extends z.ZodType>(member: Member, lengthMax: number) {
  return z
    .array(member)
    .max(lengthMax)
    .nullish()
    .transform((list) => list ?? []);
}

const endpoints = z
  .object({
    serviceBusQueues: listOf(queueEndpoint, endpointsMax),
    serviceBusTopics: listOf(queueEndpoint, endpointsMax),
    eventHubs: listOf(queueEndpoint, endpointsMax),
    storageContainers: listOf(storageEndpoint, endpointsMax),
    cosmosDBSqlContainers: listOf(cosmosEndpoint, endpointsMax),
    /** Its name in older versions of the api. */
    cosmosDBSqlCollections: listOf(cosmosEndpoint, endpointsMax),
  })
  .transform(({ cosmosDBSqlCollections, ...known }) => ({
    ...known,
    cosmosDBSqlContainers: [...known.cosmosDBSqlContainers, ...cosmosDBSqlCollections],
  }));

const sources = [
  'DeviceMessages',
  'TwinChangeEvents',
  'DeviceLifecycleEvents',
  'DeviceJobLifecycleEvents',
  'DeviceConnectionStateEvents',
  'DigitalTwinChangeEvents',
] as const;

const routeMembers = {
  source: z.enum(sources),
  condition: optional(boundedText(conditionLengthMax)),
  endpointNames: z.array(nameText).length(1),
  isEnabled: z.boolean(),
};

const route = z.object({ name: nameText, ...routeMembers });
const fallbackRoute = z.object({ name: optional(boundedText(64)), ...routeMembers });

const enrichment = z.object({
  key: boundedText(128),
  value: boundedText(1_024),
  endpointNames: z
    .array(nameText)
    .min(1)
    .max(endpointsMax + 1),
});

export const routingSchema = z
  .object({
    endpoints: endpoints.nullish().transform((given) => given ?? noEndpoints),
    routes: listOf(route, routesMax),
    fallbackRoute: optional(fallbackRoute),
    enrichments: listOf(enrichment, enrichmentsMax),
  })
  .superRefine((routing, context) => {
    const names = Object.values(routing.endpoints)
      .flat()
      .map(({ name }) => name.toLowerCase());
    if (names.length > endpointsMax) {
      context.addIssue(`a hub has at most ${endpointsMax} endpoints`);
    }
    if (hasRepetition(names)) {
      context.addIssue('two endpoints have one name');
    }
    if (hasRepetition(routing.routes.map(({ name }) => name.toLowerCase()))) {
      context.addIssue('two routes have one name');
    }
    const known = new Set([builtInEndpoint, ...names]);
    const users = [...routing.routes, ...routing.enrichments, routing.fallbackRoute];
    const used = users.flatMap((user) => user?.endpointNames ?? []);
    if (used.some((name) => !known.has(name.toLowerCase()))) {
      context.addIssue('a route or enrichment names an endpoint that the hub has not');
    }
  });

export const noEndpoints: z.output<typeof endpoints> = {
  serviceBusQueues: [],
  serviceBusTopics: [],
  eventHubs: [],
  storageContainers: [],
  cosmosDBSqlContainers: [],
};

function hasAllTokens(format: string): boolean {
  const tokens = ['{iothub}', '{partition}', '{YYYY}', '{MM}', '{DD}', '{HH}', '{mm}'];
  return tokens.every((token) => format.includes(token));
}

function hasRepetition(names: readonly string[]): boolean {
  return new Set(names).size < names.length;
}
