import { HubError, identityKey } from '@linchpin/wire';
import type { DeviceSession } from './device-session.js';
import type { DeviceTwins } from './device-twins.js';

interface Properties {
  desired: Readonly<Record<string, unknown>>;
  reported: Readonly<Record<string, unknown>>;
  version: bigint;
}

/** Twins in memory, of flat properties. */
export class FakeDeviceTwins implements DeviceTwins {
  readonly #twins = new Map<string, Properties>();
  /** What was asked for, in order: `get` or the patch. */
  readonly asked: string[] = [];
  /** What each request waits for. */
  gate: Promise<void> = Promise.resolve();
  /** Instead of an answer. */
  failure: Error | undefined;

  /** Of `h/d1`, for instance. */
  of(key: string): Properties {
    const twin = this.#twins.get(key) ?? { desired: { $version: 1 }, reported: {}, version: 1n };
    this.#twins.set(key, twin);
    return twin;
  }

  async readProperties(session: DeviceSession): Promise<string> {
    this.asked.push('get');
    const { desired, reported, version } = await this.#answer(session);
    return JSON.stringify({ desired, reported: { ...reported, $version: Number(version) } });
  }

  async patchReported(
    session: DeviceSession,
    patch: Buffer,
    ifVersion: bigint | undefined,
  ): Promise<bigint> {
    this.asked.push(patch.toString());
    const twin = await this.#answer(session);
    if (ifVersion !== undefined && ifVersion !== twin.version) {
      throw new HubError('PreconditionFailed', `The version is ${twin.version}.`);
    }
    twin.reported = { ...twin.reported, ...(JSON.parse(patch.toString()) as object) };
    twin.version += 1n;
    return twin.version;
  }

  async #answer({ grant, identity }: DeviceSession): Promise<Properties> {
    await this.gate;
    if (this.failure !== undefined) {
      throw this.failure;
    }
    return this.of(identityKey(grant.hub, identity));
  }
}
