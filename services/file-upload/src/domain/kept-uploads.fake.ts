import type { HubId } from '@linchpin/wire';
import type { DeviceUpload, NewUpload, UploadEnd, UploadingDevice } from './device-upload.js';
import type { EndedUpload, KeptUploads } from './kept-uploads.js';

interface KeptUpload extends NewUpload {
  state: DeviceUpload['state'];
}

/** One that keeps them in memory, and forgets none. */
export class InMemoryUploads implements KeptUploads {
  readonly kept: KeptUpload[] = [];
  /** How uploads ended, the newest last. */
  readonly ends: UploadEnd[] = [];

  add(upload: NewUpload, activeMax: number): Promise<boolean> {
    const { deviceId } = upload.device;
    const open = this.kept.filter(
      ({ device, state }) => device.deviceId === deviceId && state === 'open',
    );
    if (open.length >= activeMax) {
      return Promise.resolve(false);
    }
    this.kept.push({ ...upload, state: 'open' });
    return Promise.resolve(true);
  }

  find(device: UploadingDevice, correlationId: string): Promise<DeviceUpload | undefined> {
    return Promise.resolve(this.#find(device, correlationId));
  }

  end(device: UploadingDevice, correlationId: string, end: UploadEnd): Promise<EndedUpload> {
    const upload = this.#find(device, correlationId);
    const hasEnded = upload !== undefined && upload.state !== 'completed';
    if (hasEnded) {
      upload.state = 'completed';
      this.ends.push(end);
    }
    return Promise.resolve({ hasEnded, droppedNotifications: 0 });
  }

  expireSome(): Promise<number> {
    const open = this.kept.filter(({ state }) => state === 'open');
    for (const upload of open) {
      upload.state = 'expired';
    }
    return Promise.resolve(open.length);
  }

  removeSomeOld(): Promise<boolean> {
    return Promise.resolve(false);
  }

  listHubs(afterGeneration: string, limit: number): Promise<readonly HubId[]> {
    const hubs = new Map(
      this.kept.map(({ device: { hub, hubGeneration } }) => [
        hubGeneration,
        { hub, hubGeneration },
      ]),
    );
    const after = [...hubs.values()].filter(({ hubGeneration }) => hubGeneration > afterGeneration);
    return Promise.resolve(
      after.sort((a, b) => (a.hubGeneration < b.hubGeneration ? -1 : 1)).slice(0, limit),
    );
  }

  removeSomeOf({ hubGeneration }: HubId): Promise<boolean> {
    const index = this.kept.findIndex(({ device }) => device.hubGeneration === hubGeneration);
    if (index >= 0) {
      this.kept.splice(index, 1);
    }
    return Promise.resolve(index >= 0);
  }

  #find(device: UploadingDevice, correlationId: string): KeptUpload | undefined {
    return this.kept.find(
      (upload) =>
        upload.correlationId === correlationId &&
        upload.device.hubGeneration === device.hubGeneration &&
        upload.device.deviceId === device.deviceId &&
        upload.device.generationId === device.generationId,
    );
  }
}
