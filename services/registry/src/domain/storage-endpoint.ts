/** Where devices' files go: `storageEndpoints.$default` of a hub (service-rest.md section 14.2). */
import { HubError } from '@linchpin/wire';
import { optional } from '@linchpin/wire/json';
import { z } from 'zod';
import { boundedText, uploadTimeToLive } from './kept-values.js';

export const storageSchema = z.object({
  sasTtlAsIso8601: uploadTimeToLive.nullish().transform((given) => given ?? 'PT1H'),
  connectionString: z.string().max(4_096),
  containerName: boundedText(63),
  authenticationType: optional(z.enum(['keyBased', 'identityBased'])),
  identity: optional(z.object({ userAssignedIdentity: optional(boundedText(512)) })),
});

export type StorageEndpoint = z.output<typeof storageSchema>;

/**
 * What would fail each upload is refused when it is chosen. Which account or server it names is for the service to
 * judge that asks there.
 *
 * @param storage with its secrets; a text that is empty chooses nothing
 * @throws HubError InvalidStorageEndpointProperty
 */
export function validateStorage(storage: StorageEndpoint): void {
  const { connectionString, containerName, authenticationType } = storage;
  if (containerName !== '') {
    validateContainerName(containerName);
  }
  if (connectionString !== '') {
    validateConnectionString(connectionString, authenticationType === 'identityBased');
  }
}

/** Azure's rule, which is also one for buckets; `$web` and the like, which a store treats otherwise, are none. */
const containerNamePattern = /^(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/;

function validateContainerName(name: string): void {
  if (!containerNamePattern.test(name)) {
    throw refusal('containerName', 'has 3 to 63 lower-case letters, digits and single hyphens');
  }
}

function validateConnectionString(text: string, isIdentityBased: boolean): void {
  const parts = text.split(';').filter((part) => part !== '');
  const names = parts.map((part) => /^(\w+)=./s.exec(part)?.[1]?.toLowerCase());
  if (names.includes(undefined)) {
    throw refusal('connectionString', 'has parts Name=Value with ; between them');
  }
  if (new Set(names).size < names.length) {
    throw refusal('connectionString', 'names each part once');
  }
  if (!names.some((name) => name === 'accountname' || name?.endsWith('endpoint'))) {
    throw refusal('connectionString', 'names an account (AccountName) or an endpoint');
  }
  if (isIdentityBased && names.some((name) => /(key|signature)$/.test(name ?? ''))) {
    throw refusal('connectionString', 'has no key where authenticationType is identityBased');
  }
}

function refusal(member: keyof StorageEndpoint, rule: string): HubError {
  return new HubError(
    'InvalidStorageEndpointProperty',
    `storageEndpoints/$default/${member}: ${rule}.`,
  );
}
