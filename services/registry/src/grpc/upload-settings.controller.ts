import type {
  GetUploadSettingsRequest,
  GetUploadSettingsResponse,
  UploadSettingsService,
} from '@linchpin/contracts';
import type { RpcHandlers } from '@linchpin/platform/grpc-server';
import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { UploadSettingsStore } from '../domain/upload-settings.js';

export interface UploadSettingsControllerParts {
  readonly uploadSettings: UploadSettingsStore;
}

export const uploadSettingsControllerParts = Symbol('UploadSettingsControllerParts');

@Controller()
export class UploadSettingsController implements RpcHandlers<typeof UploadSettingsService> {
  constructor(
    @Inject(uploadSettingsControllerParts) private readonly parts: UploadSettingsControllerParts,
  ) {}

  @GrpcMethod('UploadSettings', 'getUploadSettings')
  async getUploadSettings(request: GetUploadSettingsRequest): Promise<GetUploadSettingsResponse> {
    return this.parts.uploadSettings.get(request);
  }
}
