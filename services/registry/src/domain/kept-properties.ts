/**
 * What a hub only keeps for other services (service-rest.md sections 14.2 and 14.3): routes and their
 * endpoints, storage, feedback. Its connection strings and keys are secrets, which nobody who asks is
 * shown: in their place stands `****`, and whoever sends that back means what is stored, as long as it
 * is sent where it was sent.
 */
import { HubError } from '@linchpin/wire';
import { checkJson, optional } from '@linchpin/wire/json';
import { z } from 'zod';
import { changedMembers } from './changed-members.js';
import { noEndpoints, routingSchema } from './kept-routing-schema.js';
import { mapSecrets, maskSecret, type Secret } from './kept-secrets.js';
import { boundedText, deliveryCount, lockDuration, timeToLive } from './kept-values.js';
import { storageSchema, validateStorage } from './storage-endpoint.js';

/** Of feedback and of file notifications. */
export const feedbackDefaults = {
  lockDurationAsIso8601: 'PT1M',
  ttlAsIso8601: 'PT1H',
  maxDeliveryCount: 10,
};

const feedbackSchema = z
  .object({
    lockDurationAsIso8601: optional(lockDuration),
    ttlAsIso8601: optional(timeToLive),
    maxDeliveryCount: optional(deliveryCount),
  })
  .transform((given) => ({
    lockDurationAsIso8601: given.lockDurationAsIso8601 ?? feedbackDefaults.lockDurationAsIso8601,
    ttlAsIso8601: given.ttlAsIso8601 ?? feedbackDefaults.ttlAsIso8601,
    maxDeliveryCount: given.maxDeliveryCount ?? feedbackDefaults.maxDeliveryCount,
  }));

export const defaultCloudToDevice = {
  maxDeliveryCount: 10,
  defaultTtlAsIso8601: 'PT1H',
  feedback: feedbackDefaults,
  /** Ours: Azure has no such member. device-mqtt.md section 7.3. */
  purgeOnNewSubscription: false,
};

const cloudToDeviceSchema = z
  .object({
    maxDeliveryCount: optional(deliveryCount),
    defaultTtlAsIso8601: optional(timeToLive),
    feedback: optional(feedbackSchema),
    purgeOnNewSubscription: optional(z.boolean()),
  })
  .transform((given) => ({
    maxDeliveryCount: given.maxDeliveryCount ?? defaultCloudToDevice.maxDeliveryCount,
    defaultTtlAsIso8601: given.defaultTtlAsIso8601 ?? defaultCloudToDevice.defaultTtlAsIso8601,
    feedback: given.feedback ?? defaultCloudToDevice.feedback,
    purgeOnNewSubscription:
      given.purgeOnNewSubscription ?? defaultCloudToDevice.purgeOnNewSubscription,
  }));

/** What a request may name; what it does not name stays as it is. */
const schema = z.object({
  routing: optional(routingSchema),
  storageEndpoints: optional(z.object({ $default: optional(storageSchema) })),
  messagingEndpoints: optional(z.object({ fileNotifications: optional(feedbackSchema) })),
  enableFileUploadNotifications: optional(z.boolean()),
  cloudToDevice: optional(cloudToDeviceSchema),
  comments: optional(boundedText(1_024)),
  features: optional(z.enum(['None', 'DeviceManagement'])),
  restrictOutboundNetworkAccess: optional(z.boolean()),
  allowedFqdnList: optional(z.array(boundedText(253)).max(20)),
  enableDataResidency: optional(z.boolean()),
});

/** They stand there in a hub's JSON, and so does a fault's name. */
const hubSchema = z.object({ properties: schema });

export type KeptProperties = z.output<typeof schema>;

export type KeptCloudToDevice = z.output<typeof cloudToDeviceSchema>;

/** service-rest.md section 14.2: a fresh hub. */
export const defaultKeptProperties: KeptProperties = {
  routing: {
    endpoints: noEndpoints,
    routes: [],
    fallbackRoute: {
      name: '$fallback',
      source: 'DeviceMessages',
      condition: 'true',
      endpointNames: ['events'],
      isEnabled: true,
    },
    enrichments: [],
  },
  storageEndpoints: {
    $default: {
      sasTtlAsIso8601: 'PT1H',
      connectionString: '',
      containerName: '',
      authenticationType: undefined,
      identity: undefined,
    },
  },
  messagingEndpoints: { fileNotifications: feedbackDefaults },
  enableFileUploadNotifications: false,
  cloudToDevice: defaultCloudToDevice,
  comments: undefined,
  features: 'None',
  restrictOutboundNetworkAccess: undefined,
  allowedFqdnList: undefined,
  enableDataResidency: undefined,
};

/** Ours: a hundred routes fit, and no hub makes every list of hubs slow. */
const keptBytesMax = 128 * 1024;

/**
 * What is kept from now on. A member that is named takes the place of the one before.
 *
 * @param json members of a hub's `properties`; those that are not kept are passed over
 * @throws HubError ArgumentInvalid, InvalidStorageEndpointProperty
 */
export function changeKeptProperties(stored: KeptProperties, json: string): KeptProperties {
  const given = parse(json);
  const named = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  ) as Partial<KeptProperties>;
  const changed = { ...stored, ...withStoredSecrets(named, stored) };
  validateChangedStorage(changed, stored);
  if (Buffer.byteLength(JSON.stringify(changed)) > keptBytesMax) {
    throw new HubError(
      'ArgumentInvalid',
      `Routes, endpoints and the like of a hub have at most ${keptBytesMax} bytes of JSON.`,
    );
  }
  return changed;
}

/** As anybody but the services that work with them may see them. */
export function withMaskedSecrets(kept: KeptProperties): KeptProperties {
  return mapSecrets(kept, maskSecret);
}

/** Who reads a whole description and writes it back is not told of what was stored under other rules. */
function validateChangedStorage(changed: KeptProperties, stored: KeptProperties): void {
  const before = stored.storageEndpoints?.$default ?? {};
  const storage = changed.storageEndpoints?.$default;
  if (storage !== undefined && changedMembers(before, storage).length > 0) {
    validateStorage(storage);
  }
}

function parse(json: string): KeptProperties {
  return checkJson({ properties: parseJson(json) }, hubSchema, 'The hub').properties;
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new HubError('ArgumentInvalid', 'properties: this is no JSON.', { cause: error });
  }
}

function withStoredSecrets<Kept extends Partial<KeptProperties>>(
  given: Kept,
  stored: KeptProperties,
): Kept {
  const secrets = new Map<string, Secret>();
  mapSecrets(stored, (secret) => {
    secrets.set(secret.place, secret);
    return secret.value;
  });
  return mapSecrets(given, (secret) =>
    secret.value.includes('****') ? unmask(secret, secrets.get(secret.place)) : secret.value,
  );
}

/** Who changes where a secret is sent, without knowing it, could have it sent to himself. */
function unmask({ place, value, address }: Secret, stored: Secret | undefined): string {
  if (stored === undefined || maskSecret(stored) !== value) {
    throw new HubError(
      'ArgumentInvalid',
      `${place}: **** stands for a stored secret only in the text that was shown; state the secret.`,
    );
  }
  const changed = new Set([
    ...changedMembers(stored.address, address),
    ...changedMembers(address, stored.address),
  ]);
  if (changed.size > 0) {
    throw new HubError(
      'ArgumentInvalid',
      `${place}: **** stands for the secret that is stored, but for another ${[...changed].join(', ')}: state it again.`,
    );
  }
  return stored.value;
}
