import type { FileUploadsClient, UploadingDevice } from '@linchpin/contracts';
import { HubCalls } from '@linchpin/platform/grpc';
import type { DeviceSession } from '../domain/device-session.js';
import type { FileUploads, UploadCompletion, UploadGrant } from '../domain/file-uploads.js';

/** The service asks a blob store, and the store may be slow. */
const deadlineMs = 20_000;

/** Asks file-upload. */
export class GrpcFileUploads implements FileUploads {
  readonly #calls = new HubCalls(deadlineMs);

  constructor(private readonly client: FileUploadsClient) {}

  start(session: DeviceSession, blobName: string): Promise<UploadGrant> {
    return this.#calls.call(
      session.grant.hub,
      this.client.startUpload.bind(this.client),
      { device: toUploadingDevice(session), blobName },
      { name: 'FileUploads/StartUpload' },
    );
  }

  async complete(session: DeviceSession, completion: UploadCompletion): Promise<void> {
    await this.#calls.call(
      session.grant.hub,
      this.client.completeUpload.bind(this.client),
      { device: toUploadingDevice(session), ...completion },
      { name: 'FileUploads/CompleteUpload' },
    );
  }
}

function toUploadingDevice({ identity, grant }: DeviceSession): UploadingDevice {
  const { hub, hubGeneration, generationId } = grant;
  return { hub, hubGeneration, deviceId: identity.deviceId, generationId };
}
