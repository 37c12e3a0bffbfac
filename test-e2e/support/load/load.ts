/** Many devices that send at a rate which they share, and what became of their messages. */
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '@linchpin/testing';
import { inParallel } from '../in-parallel.js';
import type { TestHub } from '../administration.js';
import { createDevice, type TestIdentity } from '../registry.js';
import { endsOf, type TopicEnds } from '../topic-scan.js';
import { hub } from '../hub.js';
import type { DeviceSocketOptions } from '../device-socket.js';
import { checkStored, type StoredVerdict } from './stored-verdict.js';
import { LoadDevice } from './load-device.js';
import { LoadFigures } from './load-figures.js';

export interface LoadOptions {
  readonly devices: number;
  /** Of all devices together. */
  readonly messagesPerSecond: number;
  /** Messages of one device that may wait for their PUBACK. */
  readonly window?: number;
  readonly payloadBytes?: number;
  /** Whose devices they are; those of the hub under test when it is left out. */
  readonly of?: TestHub;
  /** How the n-th device connects. */
  readonly socketOf?: (index: number) => DeviceSocketOptions;
}

const tickMs = 10;
const connectMs = 30_000;
const recoveryMs = 60_000;

export class Load {
  readonly figures: LoadFigures;
  readonly #ticks: NodeJS.Timeout;
  #isSending = true;
  #next = 0;
  #owed = 0;
  #tickedMs = performance.now();

  private constructor(
    readonly devices: readonly LoadDevice[],
    private readonly from: TopicEnds,
    private readonly options: LoadOptions,
    figures: LoadFigures,
  ) {
    const { messagesPerSecond } = options;
    this.figures = figures;
    this.#ticks = setInterval(() => {
      this.#tick(messagesPerSecond);
    }, tickMs);
  }

  /** Resolves when all devices are connected and each has had messages acknowledged. */
  static async start(options: LoadOptions): Promise<Load> {
    const { window = 20, payloadBytes = 200, socketOf, of = hub } = options;
    const identities = await createDevices(options.devices, of);
    const figures = new LoadFigures();
    const from = await endsOf(of.eventsTopic);
    const devices = identities.map((identity, index) => {
      const socket = socketOf?.(index);
      return new LoadDevice({ identity, figures, window, payloadBytes, socket });
    });
    const load = new Load(devices, from, options, figures);
    for (const device of devices) {
      device.start();
    }
    await eventually(() => devices.every(({ acknowledged }) => acknowledged >= 3), connectMs);
    return load;
  }

  /** Resolves when each device is connected and something is acknowledged that it sends from now on. */
  async recovered(): Promise<void> {
    const before = this.devices.map(({ sent }) => sent);
    await eventually(
      () =>
        this.devices.every(
          ({ isConnected, acknowledged }, index) => isConnected && acknowledged > before[index]!,
        ),
      recoveryMs,
    );
  }

  /** Sends nothing new, waits until all is acknowledged, disconnects and reads what Kafka has. */
  async finish(): Promise<StoredVerdict> {
    this.#isSending = false;
    await eventually(
      () => this.devices.every(({ sent, acknowledged }) => sent === acknowledged),
      recoveryMs,
    );
    await this.stop();
    const { eventsTopic } = this.options.of ?? hub;
    return checkStored(this.devices, { eventsTopic, from: this.from });
  }

  /** Ends at once, whatever is on its way. */
  async stop(): Promise<void> {
    clearInterval(this.#ticks);
    await Promise.all(this.devices.map((device) => device.stop()));
  }

  #tick(messagesPerSecond: number): void {
    const now = performance.now();
    this.#owed += ((now - this.#tickedMs) * messagesPerSecond) / 1_000;
    this.#tickedMs = now;
    const due = Math.floor(this.#owed);
    this.#owed -= due;
    if (!this.#isSending) {
      return;
    }
    // What a device cannot send now is not made up for later: nobody owes a rate to a hub that is away.
    for (let count = 0; count < due; count++) {
      this.devices[this.#next]?.send();
      this.#next = (this.#next + 1) % this.devices.length;
    }
  }
}

/** Messages a second that are acknowledged over so long a time. */
export async function paceOf({ figures }: Load, ms: number): Promise<number> {
  const [from, fromMs] = [figures.acknowledged, performance.now()];
  await delay(ms);
  return (1_000 * (figures.acknowledged - from)) / (performance.now() - fromMs);
}

export function createDevices(count: number, of: TestHub = hub): Promise<TestIdentity[]> {
  return inParallel(Array.from({ length: count }), 16, () => createDevice(undefined, {}, of));
}
