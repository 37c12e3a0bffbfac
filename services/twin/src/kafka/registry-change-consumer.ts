/** Hears from the registry which identities there are. */
import assert from 'node:assert';
import { RegistryChange, toIdentity } from '@linchpin/contracts';
import { PatientConsumer, type createKafkaJs, type KafkaMessage } from '@linchpin/platform/kafka';
import { toCopiedIdentity } from '../domain/identity-copy.js';
import type { ToldChange } from '../domain/registry-changes.js';
import type { TwinEvents } from '../events.js';

interface RegistryChangeConsumerParts {
  readonly kafka: ReturnType<typeof createKafkaJs>;
  readonly topic: string;
  readonly groupId: string;
  readonly apply: (changes: readonly ToldChange[]) => Promise<void>;
  readonly events: TwinEvents;
}

/** A record that is not readable is told of and passed over; it must not hold up the rest. */
export function startRegistryChangeConsumer(parts: RegistryChangeConsumerParts): PatientConsumer {
  const { apply, events } = parts;
  return PatientConsumer.start({
    ...parts,
    onRecords: async (records) => {
      await apply(records.flatMap((record) => read(record, events) ?? []));
      events.registryChangesApplied(records.length);
    },
    onUnread: (error) => {
      events.topicUnread(parts.topic, error);
    },
  });
}

function read(record: KafkaMessage, events: TwinEvents): ToldChange | undefined {
  try {
    return toChange(RegistryChange.decode(record.value ?? Buffer.alloc(0)));
  } catch (error) {
    events.recordUnreadable('registry-changes', record.offset, error);
    return undefined;
  }
}

/** Undefined for what concerns no twin. @throws Error for a record that is not of the contract */
function toChange({ hub, hubGeneration, change }: RegistryChange): ToldChange | undefined {
  assert(/^\d{1,18}$/.test(hubGeneration), 'a change is of a generation of its hub');
  switch (change?.$case) {
    case 'identityCreated':
    case 'identityUpdated': {
      const { identity } = change.value;
      assert(identity !== undefined, 'who was written is told');
      return {
        kind: 'written',
        hub,
        hubGeneration,
        identity: toCopiedIdentity(toIdentity(identity)),
      };
    }
    case 'identityDeleted': {
      const { deviceId, generationId, moduleGenerationIds } = change.value;
      const generationIds = [generationId, ...moduleGenerationIds];
      return { kind: 'deleted', hub, hubGeneration, deviceId, generationIds };
    }
    case 'hubDeleted':
      return { kind: 'hubDeleted', hub, hubGeneration };
    case 'hubUpdated':
    case undefined:
      return undefined;
  }
}
