/** What the registry refuses, in the same words wherever it is found out. */
import { azureLimits, HubError } from '@linchpin/wire';
import type { IdentityId } from './device-identity.js';

/** Also for a hub that is being made or deleted: it answers nobody then. */
export function hubNotFound(): HubError {
  return new HubError('IotHubNotFound', 'The IoT hub does not exist or is not active.');
}

/** To an administrator, who may know. */
export function noSuchHub(): HubError {
  return new HubError('GenericNotFound', 'There is no hub of that name.');
}

export function tooManyConsumerGroups(): HubError {
  return new HubError(
    'ArgumentInvalid',
    `An endpoint has at most ${azureLimits.consumerGroupsMax} consumer groups.`,
  );
}

export function identityNotFound({ deviceId, moduleId }: IdentityId): HubError {
  return moduleId === undefined
    ? new HubError('DeviceNotFound', `The device ${deviceId} is not registered.`)
    : new HubError('ModuleNotFound', `The device ${deviceId} has no module ${moduleId}.`);
}

export function identityExists({ deviceId, moduleId }: IdentityId): HubError {
  return moduleId === undefined
    ? new HubError('DeviceAlreadyExists', `A device ${deviceId} exists already.`)
    : new HubError(
        'ModuleAlreadyExistsOnDevice',
        `The device ${deviceId} has a module ${moduleId} already.`,
      );
}

export function tooManyModules(deviceId: string, modulesMax: number): HubError {
  return new HubError(
    'TooManyModulesOnDevice',
    `The device ${deviceId} has ${modulesMax} modules, as many as a device may have.`,
  );
}

/** Devices and modules together; Azure has no other name for it. */
export function tooManyIdentities(identitiesMax: number): HubError {
  return new HubError(
    'TooManyDevices',
    `The hub has ${identitiesMax} devices and modules, as many as it may have.`,
  );
}

export function hostNameTaken(hostName: string, hub: string): HubError {
  return new HubError('GenericConflict', `The host name ${hostName} belongs to the hub ${hub}.`);
}

export function certificateNotFound(name: string): HubError {
  return new HubError('CertificateNotFound', `The hub has no certificate ${name}.`);
}

export function tooManyCertificates(certificatesMax: number): HubError {
  return new HubError('ArgumentInvalid', `A hub has at most ${certificatesMax} certificates.`);
}

/** To who comes with a token to the service API. The reason is for the log: whoever asks is not told which check failed. */
export function accessRefused(reason: unknown): HubError {
  return new HubError(
    'IotHubUnauthorizedAccess',
    'The shared access signature does not give access to this hub.',
    { cause: reason },
  );
}
