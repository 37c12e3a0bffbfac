import type { Recipient as RecipientMessage } from '@linchpin/contracts';
import { HubError, validateGeneration } from '@linchpin/wire';
import type { Recipient } from '../domain/recipient.js';

/** Ids are compared with those that are kept, nothing else. @throws HubError ArgumentNull, ArgumentInvalid */
export function toRecipient(message: RecipientMessage | undefined): Recipient {
  if (message === undefined) {
    throw new HubError('ArgumentNull', 'The recipient is missing.');
  }
  const { hub, hubGeneration, deviceId, moduleId, generationId } = message;
  validateGeneration('hub_generation', hubGeneration);
  validateGeneration('generation_id', generationId);
  return { hub, hubGeneration, identity: { deviceId, moduleId }, generationId };
}
