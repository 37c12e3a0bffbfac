import type {
  CompleteUploadRequest,
  CompleteUploadResponse,
  FileUploadsService,
  StartUploadRequest,
  StartUploadResponse,
  UploadingDevice as DeviceMessage,
} from '@linchpin/contracts';
import type { RpcHandlers } from '@linchpin/platform/grpc-server';
import { HubError, validateGeneration } from '@linchpin/wire';
import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { UploadingDevice } from '../domain/device-upload.js';
import type { Uploads } from '../domain/uploads.js';
import type { FileUploadEvents } from '../events.js';

export interface FileUploadsControllerParts {
  readonly deviceUploads: Uploads;
  readonly events: Pick<FileUploadEvents, 'starting'>;
}

export const fileUploadsControllerParts = Symbol('FileUploadsControllerParts');

@Controller()
export class FileUploadsController implements RpcHandlers<typeof FileUploadsService> {
  constructor(
    @Inject(fileUploadsControllerParts) private readonly parts: FileUploadsControllerParts,
  ) {}

  @GrpcMethod('FileUploads', 'startUpload')
  startUpload({ device, blobName }: StartUploadRequest): Promise<StartUploadResponse> {
    const { deviceUploads, events } = this.parts;
    return events.starting(deviceUploads.start(toDevice(device), blobName));
  }

  @GrpcMethod('FileUploads', 'completeUpload')
  async completeUpload(request: CompleteUploadRequest): Promise<CompleteUploadResponse> {
    const { device, correlationId, isSuccess } = request;
    await this.parts.deviceUploads.complete(toDevice(device), correlationId, isSuccess);
    return {};
  }
}

function toDevice(message: DeviceMessage | undefined): UploadingDevice {
  if (message === undefined) {
    throw new HubError('ArgumentNull', 'The device that uploads is missing.');
  }
  validateGeneration('hub_generation', message.hubGeneration);
  validateGeneration('generation_id', message.generationId);
  return message;
}
