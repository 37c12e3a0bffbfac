/** Opens the storage of hubs, of whichever kind it is. */
import { HubError } from '@linchpin/wire';
import type { UploadStorage } from '../domain/device-upload.js';
import type { UploadStore, UploadStores } from '../domain/upload-store.js';
import { AzureUploadStore } from './azure-upload-store.js';
import { BlobRequests, type BlobStoreSettings, type StorePlace } from './blob-requests.js';
import {
  signWithAccountKey,
  signWithDelegationKey,
  type BlobSignatureTerms,
} from './blob-signature.js';
import type { ContainerUri } from './container-uri.js';
import { S3UploadStore } from './s3-upload-store.js';
import { parseStorageConnectionString } from './storage-connection-string.js';
import { placeOfUploads } from './upload-place.js';
import { UserDelegationKeys } from './user-delegation-keys.js';
import { WorkloadIdentity, type WorkloadIdentitySettings } from './workload-identity.js';

export interface UploadStoresSettings extends BlobStoreSettings {
  /** Undefined where this deployment has none. */
  readonly identity: WorkloadIdentitySettings | undefined;
}

type Sign = (terms: BlobSignatureTerms) => Promise<string>;

export class HttpUploadStores implements UploadStores {
  readonly #requests: BlobRequests;
  readonly #delegationKeys: UserDelegationKeys | undefined;

  constructor(
    private readonly settings: UploadStoresSettings,
    private readonly now: () => Date = () => new Date(),
  ) {
    const { identity } = settings;
    // Of its own: jobs fill their connections with blobs.
    const requests = new BlobRequests(settings);
    this.#requests = requests;
    if (identity !== undefined) {
      const workload = new WorkloadIdentity(identity, requests);
      this.#delegationKeys = new UserDelegationKeys({
        requests,
        token: (account, name) => workload.token(account, name),
        now,
      });
    }
  }

  open(storage: UploadStorage): UploadStore {
    const connection = parseStorageConnectionString(storage.connectionString);
    const { allowedHosts } = this.settings;
    const container = placeOfUploads(connection.endpoint, storage.containerName, allowedHosts);
    const parts = { requests: this.#requests, now: this.now };
    if (connection.kind === 's3') {
      if (storage.isIdentityBased) {
        throw unusable('identities are known to Azure Storage alone');
      }
      return new S3UploadStore({ ...parts, bucket: container, credentials: connection });
    }
    const { account, key } = connection;
    const sign = storage.isIdentityBased
      ? this.#signWithIdentity(container, storage.identity)
      : signWithKey(key);
    return new AzureUploadStore({ ...parts, account, container, sign });
  }

  close(): void {
    this.#requests.close();
  }

  #signWithIdentity(container: ContainerUri, identity: string | undefined): Sign {
    const keys = this.#delegationKeys;
    if (keys === undefined) {
      throw unusable('this deployment has no identity, so it needs AccountKey');
    }
    const endpoint = accountOf(container);
    return async (terms) => signWithDelegationKey(terms, await keys.get(endpoint, identity));
  }
}

function signWithKey(key: Buffer | undefined): Sign {
  if (key === undefined || key.length === 0) {
    throw unusable('it lacks AccountKey');
  }
  return (terms) => Promise.resolve(signWithAccountKey(terms, key));
}

function accountOf({ hostname, port, path }: ContainerUri): StorePlace {
  return { hostname, port, path: path.slice(0, path.lastIndexOf('/')), query: '' };
}

function unusable(why: string): HubError {
  return new HubError('InvalidStorageEndpoint', `The hub's storage cannot be used: ${why}.`);
}
