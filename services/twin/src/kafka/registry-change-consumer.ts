/** Hears from the registry which identities there are. */
import assert from 'node:assert';
import { RegistryChange, toIdentity } from '@linchpin/contracts';
import {
  startAppliedTopic,
  type AppliedTopicParts,
  type KafkaMessage,
  type PatientConsumer,
} from '@linchpin/platform/kafka';
import { validateGeneration } from '@linchpin/wire';
import { toCopiedIdentity } from '../domain/identity-copy.js';
import type { ToldChange } from '../domain/registry-changes.js';

export function startRegistryChangeConsumer(parts: AppliedTopicParts<ToldChange>): PatientConsumer {
  return startAppliedTopic(parts, toChange);
}

/** Undefined for what concerns no twin. @throws Error for a record that is not of the contract */
function toChange(record: KafkaMessage): ToldChange | undefined {
  const { hub, hubGeneration, change } = RegistryChange.decode(record.value ?? Buffer.alloc(0));
  validateGeneration('hub_generation', hubGeneration);
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
