import {
  TwinUpdateMode,
  type Twin as TwinMessage,
  type TwinsClient,
  type TwinSubject,
} from '@linchpin/contracts';
import { HubCalls } from '@linchpin/platform/grpc';
import type { DeviceIdentityId, HubId } from '@linchpin/wire';
import type { Twin, TwinChange, Twins } from '../domain/twins.js';
import { present } from './present.js';

const deadlineMs = 5_000;

const modeMessages: Readonly<Record<TwinChange['mode'], TwinUpdateMode>> = {
  patch: TwinUpdateMode.PATCH,
  replace: TwinUpdateMode.REPLACE,
};

/** The twins, asked of the service that keeps them. */
export class GrpcTwins implements Twins {
  readonly #calls = new HubCalls(deadlineMs);

  constructor(private readonly client: TwinsClient) {}

  async get(hub: HubId, identity: DeviceIdentityId): Promise<Twin> {
    const { twin } = await this.#calls.call(
      hub.hub,
      this.client.getTwin.bind(this.client),
      { subject: toSubject(hub, identity) },
      { name: 'Twins/GetTwin' },
    );
    return toTwin(twin);
  }

  async update(hub: HubId, identity: DeviceIdentityId, change: TwinChange): Promise<Twin> {
    const { mode, ...same } = change;
    const { twin } = await this.#calls.call(
      hub.hub,
      this.client.updateTwin.bind(this.client),
      { ...same, subject: toSubject(hub, identity), mode: modeMessages[mode] },
      { name: 'Twins/UpdateTwin' },
    );
    return toTwin(twin);
  }
}

function toSubject(
  { hub, hubGeneration }: HubId,
  { deviceId, moduleId }: DeviceIdentityId,
): TwinSubject {
  return { hub, hubGeneration, deviceId, moduleId };
}

function toTwin(message: TwinMessage | undefined): Twin {
  const { json, etag, generationId } = present(message);
  return { json, etag, generationId };
}
