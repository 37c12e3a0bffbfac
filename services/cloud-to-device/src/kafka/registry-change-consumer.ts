/** Hears from the registry whose messages nobody will receive any more, and what hubs' owners choose. */
import assert from 'node:assert';
import { RegistryChange } from '@linchpin/contracts';
import {
  startAppliedTopic,
  type AppliedTopicParts,
  type KafkaMessage,
  type PatientConsumer,
} from '@linchpin/platform/kafka';
import { validateGeneration } from '@linchpin/wire';
import type { ToldChange } from '../domain/registry-changes.js';

export function startRegistryChangeConsumer(parts: AppliedTopicParts<ToldChange>): PatientConsumer {
  return startAppliedTopic(parts, toChange);
}

/** Undefined for what concerns no message. @throws Error for a record that is not of the contract */
function toChange(record: KafkaMessage): ToldChange | undefined {
  const { hub, hubGeneration, change } = RegistryChange.decode(record.value ?? Buffer.alloc(0));
  validateGeneration('hub_generation', hubGeneration);
  switch (change?.$case) {
    case 'identityDeleted': {
      const { deviceId, generationId, moduleGenerationIds } = change.value;
      const generationIds = [generationId, ...moduleGenerationIds];
      return { kind: 'deleted', hub, hubGeneration, deviceId, generationIds };
    }
    case 'hubDeleted':
      return { kind: 'hubDeleted', hub, hubGeneration };
    case 'hubUpdated': {
      const { cloudToDevice: settings } = change.value;
      assert(settings !== undefined, 'what holds for the hub is told');
      return { kind: 'hubUpdated', hub, hubGeneration, settings };
    }
    case 'identityCreated':
    case 'identityUpdated':
    case undefined:
      return undefined;
  }
}
