/** Changes as the topic `registry-changes` carries them (registry_change.proto). */
import {
  authenticationTypeMessages,
  connectionStateMessages,
  identityStatusMessages,
  ipFilterActionMessages,
  RegistryChange as RegistryChangeMessage,
  type HubUpdated,
  type Identity as IdentityMessage,
} from '@linchpin/contracts';
import { writeOutbox } from '@linchpin/platform/outbox';
import type { Transaction } from 'kysely';
import type { AuditedChange } from '../domain/audit-log.js';
import type { IdentityId } from '../domain/device-identity.js';
import type { IdentityFacts, RecordedChange, RegistryChange } from '../domain/registry-change.js';
import { writeAudit } from './audit-entries.js';
import type { RegistryTables } from './schema.js';

export interface ChangeLog {
  readonly schema: string;
  readonly topic: string;
}

/** Stores the changes, and who made them, in the transaction that makes them. */
export async function writeChanges(
  transaction: Transaction<RegistryTables>,
  changeLog: ChangeLog,
  changes: readonly RecordedChange[],
): Promise<void> {
  await writeEvents(transaction, changeLog, changes);
  const hubs = new Set(changes.map(({ hub }) => hub));
  for (const hub of hubs) {
    const audited = changes.filter((change) => change.hub === hub).map(toAudited);
    await writeAudit(transaction, hub, audited);
  }
}

/** Of changes that are audited by another name: stores them alone. */
export async function writeEvents(
  transaction: Transaction<RegistryTables>,
  { schema, topic }: ChangeLog,
  changes: readonly RegistryChange[],
): Promise<void> {
  const events = changes.map((change) => ({
    topic,
    key: keyOf(change),
    value: RegistryChangeMessage.encode(toMessage(change)).finish(),
  }));
  await writeOutbox(transaction, schema, events);
}

function toAudited(change: RecordedChange): AuditedChange {
  const { changedMembers } = change;
  const details = changedMembers && { changed: changedMembers };
  switch (change.kind) {
    case 'identityCreated':
      return { operation: 'CreateIdentity', subject: subjectOf(change.identity) };
    case 'identityUpdated':
      return {
        operation: 'UpdateIdentity',
        subject: subjectOf(change.identity),
        details: { ...details, enabled: change.identity.status === 'enabled' },
      };
    case 'identityDeleted':
      return { operation: 'DeleteIdentity', subject: subjectOf(change) };
    case 'hubUpdated':
      return { operation: 'UpdateHub', ...(details && { details }) };
    case 'hubDeleted':
      return { operation: 'DeleteHub' };
  }
}

function subjectOf({
  deviceId,
  moduleId,
  generationId,
}: IdentityId & { readonly generationId: string }): Record<string, string | undefined> {
  return { deviceId, moduleId, generationId };
}

/** The changes of one device, its modules included, keep their order. */
function keyOf(change: RegistryChange): string {
  switch (change.kind) {
    case 'hubUpdated':
    case 'hubDeleted':
      return change.hub;
    case 'identityCreated':
    case 'identityUpdated':
      return `${change.hub}/${change.identity.deviceId}`;
    case 'identityDeleted':
      return `${change.hub}/${change.deviceId}`;
  }
}

function toMessage(change: RegistryChange): RegistryChangeMessage {
  const { hub, hubGeneration } = change;
  return { hub, hubGeneration, change: toChangeMessage(change) };
}

function toChangeMessage(change: RegistryChange): RegistryChangeMessage['change'] {
  switch (change.kind) {
    case 'identityCreated':
      return { $case: 'identityCreated', value: { identity: toFactsMessage(change.identity) } };
    case 'identityUpdated': {
      const { identity, revokedCredentialIds } = change;
      const value = {
        identity: toFactsMessage(identity),
        revokedCredentialIds: [...revokedCredentialIds],
      };
      return { $case: 'identityUpdated', value };
    }
    case 'identityDeleted': {
      const moduleGenerationIds = [...change.moduleGenerationIds];
      return { $case: 'identityDeleted', value: { ...change, moduleGenerationIds } };
    }
    case 'hubUpdated':
      return { $case: 'hubUpdated', value: toHubUpdatedMessage(change) };
    case 'hubDeleted':
      return { $case: 'hubDeleted', value: {} };
  }
}

function toFactsMessage(facts: IdentityFacts): IdentityMessage {
  const { authentication, status, connectionState, parentScopes, ...same } = facts;
  return {
    ...same,
    status: identityStatusMessages[status],
    connectionState: connectionStateMessages[connectionState],
    // Queued messages are not the registry's to know.
    cloudToDeviceMessageCount: 0,
    authentication: {
      ...authentication,
      type: authenticationTypeMessages[authentication.type],
    },
    parentScopes: [...parentScopes],
  };
}

function toHubUpdatedMessage({
  revokedCredentialIds,
  settings: { limits, ipFilterRules },
  cloudToDevice,
}: Extract<RegistryChange, { kind: 'hubUpdated' }>): HubUpdated {
  return {
    revokedCredentialIds: [...revokedCredentialIds],
    limits,
    ipFilterRules: ipFilterRules.map((rule) => ({
      ...rule,
      action: ipFilterActionMessages[rule.action],
    })),
    cloudToDevice,
  };
}
