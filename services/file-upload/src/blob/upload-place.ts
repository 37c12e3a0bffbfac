import { HubError } from '@linchpin/wire';
import type { UploadGrant } from '../domain/upload-store.js';
import { parseContainerUri, type ContainerUri } from './container-uri.js';

/** @throws HubError InvalidStorageEndpoint for what is none, or may not be asked */
export function placeOfUploads(
  endpoint: string,
  containerName: string,
  allowedHosts: readonly string[],
): ContainerUri {
  let container: ContainerUri;
  try {
    container = parseContainerUri(`${endpoint}/${containerName}`, allowedHosts);
  } catch (cause) {
    const why = cause instanceof HubError ? cause.message : '';
    throw new HubError('InvalidStorageEndpoint', `The hub's storage cannot be used. ${why}`, {
      cause,
    });
  }
  const isOne = !containerName.includes('/') && container.path.endsWith(`/${containerName}`);
  if (!isOne || container.query !== '') {
    throw new HubError('InvalidStorageEndpoint', "The name of the hub's container is none.");
  }
  return container;
}

/** A path before the container belongs to the host: clients put the parts together with slashes. */
export function partsOf({ name, path }: ContainerUri): Omit<UploadGrant, 'sasToken'> {
  const containerName = path.slice(path.lastIndexOf('/') + 1);
  const hostName = name.slice('https://'.length, -containerName.length - 1);
  return { hostName, containerName };
}
