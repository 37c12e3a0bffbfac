/** Devices of the unmodified Java SDK that share one AMQP connection, and tell what happens to them. */
import { join } from 'node:path';
import { hub } from './hub.js';
import type { TestIdentity } from './registry.js';
import { startTelling, type TellingProcess } from './telling-process.js';

/** What is told has a device, or none when it is of the connection, and a value. */
interface Told {
  readonly device: string;
  readonly value: unknown;
}

/** What of the SDK puts tokens, and logs it. */
const renewals = 'com.microsoft.azure.sdk.iot.device.transport.amqps.AmqpsSasTokenRenewalHandler';

export class JavaDevices {
  readonly #process: TellingProcess;

  /** @param tokenSeconds how long a token counts; the SDK renews it when 85 % of that is over */
  constructor(devices: readonly TestIdentity[], tokenSeconds: number) {
    const folder = process.env['LINCHPIN_TEST_JAVA_DEVICES'] ?? '';
    this.#process = startTelling(
      process.env['LINCHPIN_TEST_JAVA'] ?? 'java',
      [
        `-Dorg.slf4j.simpleLogger.log.${renewals}=debug`,
        ...['-cp', `${join(folder, 'classes')}:${join(folder, 'lib', '*')}`, 'MultiplexedDevices'],
        ...[hub.host, String(tokenSeconds)],
        ...devices.map(
          ({ deviceId, primaryKey }) =>
            `HostName=${hub.host};DeviceId=${deviceId};SharedAccessKey=${primaryKey}`,
        ),
      ],
      { ...process.env, IOTHUB_CA_FILE: hub.authorityFile },
    );
  }

  /** The first value of this kind that a device told, or tells, and that is it. @throws Error when it never does */
  async told(
    kind: string,
    { deviceId }: Pick<TestIdentity, 'deviceId'>,
    isIt: (value: unknown) => boolean = () => true,
  ): Promise<unknown> {
    const told = await this.#process.told(kind, (each) => {
      const { device, value } = each as Told;
      return device === deviceId && isIt(value);
    });
    return (told as Told).value;
  }

  /** All values of this kind that a device told so far; without a device, those of the connection. */
  soFar(kind: string, { deviceId }: Pick<TestIdentity, 'deviceId'>): readonly unknown[] {
    const all = this.#process.soFar(kind) as readonly Told[];
    return all.filter(({ device }) => device === deviceId).map(({ value }) => value);
  }

  /** How often the hub has taken a token of the device. */
  tokensTaken({ deviceId }: TestIdentity): number {
    const line = `CBS message authentication succeeded for device ${deviceId}`;
    return this.#process.logged().split(line).length - 1;
  }

  /** Has a device do something, such as `send TEXT`. */
  tell(what: string, { deviceId }: TestIdentity, ...words: readonly string[]): void {
    this.#process.say([what, deviceId, ...words].join(' '));
  }

  /** Closes the connection. @throws Error when the program does not end in good order */
  async close(): Promise<void> {
    this.#process.sayNoMore();
    await this.#process.ended;
  }

  kill(): void {
    this.#process.kill();
  }
}

/** In the place of a device: the connection of all. */
export const connectionItself = { deviceId: '' };
