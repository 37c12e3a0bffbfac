import {
  DeviceTwinsClient,
  repeatableRpcs,
  streamedRpcs,
  type TwinSubject,
} from '@linchpin/contracts';
import { checkHealth, createGrpcClient, HubCalls, type GrpcPlace } from '@linchpin/platform/grpc';
import type { DeviceSession } from '../domain/device-session.js';
import type { DeviceTwins } from '../domain/device-twins.js';

/** The device waits below 10 s for its answer, its turn included (device-mqtt.md section 9.3). */
const deadlineMs = 3_000;

/** Asks the twin service on behalf of devices. */
export class GrpcDeviceTwins implements DeviceTwins {
  readonly #client: DeviceTwinsClient;
  readonly #calls = new HubCalls(deadlineMs);

  constructor(place: GrpcPlace) {
    this.#client = createGrpcClient(DeviceTwinsClient, {
      ...place,
      retried: repeatableRpcs,
      streamed: streamedRpcs,
    });
  }

  async readProperties(session: DeviceSession): Promise<string> {
    const { propertiesJson } = await this.#calls.call(
      session.grant.hub,
      this.#client.getProperties.bind(this.#client),
      { subject: toSubject(session) },
      { name: 'DeviceTwins/GetProperties' },
    );
    return propertiesJson;
  }

  async patchReported(
    session: DeviceSession,
    patchJson: Buffer,
    ifVersion: bigint | undefined,
  ): Promise<bigint> {
    const { version } = await this.#calls.call(
      session.grant.hub,
      this.#client.patchReported.bind(this.#client),
      { subject: toSubject(session), patchJson, ifVersion },
      { name: 'DeviceTwins/PatchReported' },
    );
    return version;
  }

  /** @throws Error when the twin service does not serve */
  check(): Promise<void> {
    return checkHealth(this.#client, 'linchpin.twin.v1.DeviceTwins');
  }

  close(): void {
    this.#client.close();
  }
}

function toSubject({ identity, grant }: DeviceSession): TwinSubject {
  const { hub, hubGeneration, generationId } = grant;
  return { hub, hubGeneration, ...identity, generationId };
}
