import type { TwinSubject as SubjectMessage } from '@linchpin/contracts';
import {
  HubError,
  validateDeviceId,
  validateGeneration,
  validateHubName,
  validateModuleId,
} from '@linchpin/wire';
import type { TwinSubject } from '../domain/identity-copy.js';
import type { DeviceSubject } from '../domain/twins.js';

/** @throws HubError ArgumentNull, ArgumentInvalid */
export function toSubject(message: SubjectMessage | undefined): TwinSubject {
  if (message === undefined) {
    throw new HubError('ArgumentNull', 'The subject is missing.');
  }
  const { hub, hubGeneration, deviceId, moduleId } = message;
  validateHubName(hub);
  validateGeneration('hub_generation', hubGeneration);
  validateDeviceId(deviceId);
  if (moduleId !== undefined) {
    validateModuleId(moduleId);
  }
  return { hub, hubGeneration, deviceId, moduleId };
}

/** @throws as `toSubject` */
export function toDeviceSubject(message: SubjectMessage | undefined): DeviceSubject {
  const subject = toSubject(message);
  const { generationId = '' } = message ?? {};
  validateGeneration('generation_id', generationId);
  return { ...subject, generationId };
}
