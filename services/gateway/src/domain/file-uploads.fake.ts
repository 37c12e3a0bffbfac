import { HubError } from '@linchpin/wire';
import type { DeviceSession } from './device-session.js';
import type { FileUploads, UploadCompletion, UploadGrant } from './file-uploads.js';

/** Grants whatever is asked for, and keeps what it is told. */
export class FakeFileUploads implements FileUploads {
  readonly completions: UploadCompletion[] = [];
  readonly #active = new Set<string>();
  failure: HubError | undefined;

  start({ identity }: DeviceSession, blobName: string): Promise<UploadGrant> {
    if (this.failure !== undefined) {
      return Promise.reject(this.failure);
    }
    const correlationId = `c${this.#active.size + 1}`;
    this.#active.add(correlationId);
    return Promise.resolve({
      correlationId,
      hostName: 'blobs.example.net:10000',
      containerName: 'files',
      blobName: `${identity.deviceId}/${blobName}`,
      sasToken: '?sig=s%3D&sp=rw',
    });
  }

  complete(_session: DeviceSession, completion: UploadCompletion): Promise<void> {
    if (!this.#active.has(completion.correlationId)) {
      return Promise.reject(new HubError('InvalidFileUploadCorrelationId', 'No such upload.'));
    }
    this.completions.push(completion);
    return Promise.resolve();
  }
}
