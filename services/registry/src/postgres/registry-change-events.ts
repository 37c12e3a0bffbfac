/** Changes as the topic `registry-changes` carries them (registry_change.proto). */
import {
  ipFilterActionMessages,
  RegistryChange as RegistryChangeMessage,
  type HubUpdated,
} from '@linchpin/contracts';
import { writeOutbox } from '@linchpin/platform/outbox';
import type { Transaction } from 'kysely';
import type { AuditedChange } from '../domain/audit-log.js';
import type { IdentityId } from '../domain/device-identity.js';
import type { RecordedChange, RegistryChange } from '../domain/registry-change.js';
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
      return { operation: 'CreateIdentity', subject: subjectOf(change) };
    case 'identityUpdated':
      return {
        operation: 'UpdateIdentity',
        subject: subjectOf(change),
        details: { ...details, enabled: change.enabled },
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
    case 'identityDeleted':
      return `${change.hub}/${change.deviceId}`;
  }
}

function toMessage(change: RegistryChange): RegistryChangeMessage {
  const { hub } = change;
  switch (change.kind) {
    case 'identityCreated':
      return { hub, change: { $case: 'identityCreated', value: change } };
    case 'identityUpdated':
      return { hub, change: { $case: 'identityUpdated', value: change } };
    case 'identityDeleted':
      return { hub, change: { $case: 'identityDeleted', value: change } };
    case 'hubUpdated':
      return { hub, change: { $case: 'hubUpdated', value: toHubUpdatedMessage(change) } };
    case 'hubDeleted':
      return { hub, change: { $case: 'hubDeleted', value: change } };
  }
}

function toHubUpdatedMessage({
  hubGeneration,
  revokedCredentialIds,
  settings: { limits, ipFilterRules },
}: Extract<RegistryChange, { kind: 'hubUpdated' }>): HubUpdated {
  return {
    revokedCredentialIds: [...revokedCredentialIds],
    limits,
    ipFilterRules: ipFilterRules.map((rule) => ({
      ...rule,
      action: ipFilterActionMessages[rule.action],
    })),
    hubGeneration,
  };
}
