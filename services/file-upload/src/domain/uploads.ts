/** Uploads as devices see them: started, then completed (device-https.md section 6). */
import { azureLimits, HubError } from '@linchpin/wire';
import type {
  DeviceUpload,
  NewFileNotification,
  UploadingDevice,
  UploadSettingsSource,
  UploadStorage,
} from './device-upload.js';
import type { KeptUploads } from './kept-uploads.js';
import { uploadBlobName } from './upload-blob-name.js';
import type { UploadGrant, UploadStores } from './upload-store.js';

interface UploadsParts {
  readonly settings: UploadSettingsSource;
  readonly stores: UploadStores;
  readonly uploads: KeptUploads;
  /** Of the base64url alphabet, as some SDKs put it into paths; nobody can guess it. */
  readonly newCorrelationId: () => string;
  readonly events: UploadEvents;
}

export interface UploadEvents {
  uploadStarted(device: UploadingDevice, blobName: string): void;
  uploadEnded(device: UploadingDevice, end: UploadResult): void;
}

/** How the device says that it ended. */
export interface UploadResult {
  readonly blobName: string;
  readonly isSuccess: boolean;
  readonly isNotified: boolean;
  readonly droppedNotifications: number;
}

export interface StartedUpload extends UploadGrant {
  readonly correlationId: string;
  readonly blobName: string;
}

export class Uploads {
  constructor(private readonly parts: UploadsParts) {}

  /**
   * @param wishedName within the folder of the device
   * @throws HubError ArgumentInvalid, DefaultStorageEndpointNotConfigured,
   *   DeviceMaximumActiveFileUploadLimitExceeded, or as `UploadStores` and `UploadStore`
   */
  async start(device: UploadingDevice, wishedName: string): Promise<StartedUpload> {
    const { stores, uploads, newCorrelationId, events } = this.parts;
    const blobName = uploadBlobName(device.deviceId, wishedName);
    const storage = requireStorage((await this.parts.settings.get(device)).storage);
    const store = stores.open(storage);
    const { grantTtlSeconds } = storage;
    const grant = await store.grant(blobName, grantTtlSeconds);
    const correlationId = newCorrelationId();
    const blobUri = store.uriOf(blobName);
    const { activeUploadsMax } = azureLimits;
    const upload = { device, correlationId, blobName, blobUri, grantTtlSeconds };
    if (!(await uploads.add(upload, activeUploadsMax))) {
      throw new HubError(
        'DeviceMaximumActiveFileUploadLimitExceeded',
        `Number of active file upload requests cannot exceed ${activeUploadsMax}`,
      );
    }
    events.uploadStarted(device, blobName);
    return { ...grant, correlationId, blobName };
  }

  /**
   * Of one that was completed before nothing happens: its device has not heard of it.
   *
   * @throws HubError InvalidFileUploadCorrelationId, ExpiredFileUploadCorrelationId; InvalidStorageEndpointOrBlob when
   *   there is no blob: the device may write it, and complete the upload then
   */
  async complete(
    device: UploadingDevice,
    correlationId: string,
    isSuccess: boolean,
  ): Promise<void> {
    const { uploads, events } = this.parts;
    const upload = isCorrelationId(correlationId)
      ? await uploads.find(device, correlationId)
      : undefined;
    if (upload === undefined) {
      throw new HubError('InvalidFileUploadCorrelationId', 'The device has no such upload.');
    }
    if (upload.state === 'completed') {
      return;
    }
    if (upload.state === 'expired') {
      throw new HubError(
        'ExpiredFileUploadCorrelationId',
        'The time in which the upload could be completed is over.',
      );
    }
    const notification = isSuccess ? await this.#notificationOf(device, upload) : undefined;
    const ended = await uploads.end(device, correlationId, { isSuccess, notification });
    if (ended.hasEnded) {
      const { blobName } = upload;
      const { droppedNotifications } = ended;
      const isNotified = notification !== undefined;
      events.uploadEnded(device, { blobName, isSuccess, isNotified, droppedNotifications });
    }
  }

  /** Undefined when nobody is to be told; that the blob is there is looked at all the same. */
  async #notificationOf(
    device: UploadingDevice,
    { blobName, blobUri }: DeviceUpload,
  ): Promise<NewFileNotification | undefined> {
    const { settings, stores } = this.parts;
    const { storage, notifications } = await settings.get(device);
    const store = stores.open(requireStorage(storage));
    if (store.uriOf(blobName) !== blobUri) {
      throw new HubError(
        'InvalidStorageEndpointOrBlob',
        'The hub has another storage than when the upload was started.',
      );
    }
    const blob = await store.find(blobName);
    if (blob === undefined) {
      throw new HubError('InvalidStorageEndpointOrBlob', 'There is no blob of this upload.');
    }
    return notifications && { ...blob, settings: notifications };
  }
}

/** What is none could be anything. */
function isCorrelationId(text: string): boolean {
  return /^[\w-]{1,64}$/.test(text);
}

function requireStorage(storage: UploadStorage | undefined): UploadStorage {
  if (storage === undefined) {
    throw new HubError(
      'DefaultStorageEndpointNotConfigured',
      'The owner of the hub has named no container to upload to.',
    );
  }
  return storage;
}
