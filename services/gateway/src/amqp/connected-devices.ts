import type { ClientSource } from '@linchpin/auth';
import {
  formatIdentityId,
  HubError,
  type AmqpAddress,
  type DeviceIdentityId,
  type EndCause,
} from '@linchpin/wire';
import { AmqpDevice } from './amqp-device.js';
import { toAmqpError } from './amqp-fault.js';
import type { AmqpServices } from './amqp-services.js';
import type { ClientLink } from './client-connection.js';
import type { Credentials, DeviceClaim, Presented } from './credentials.js';

interface ConnectedDevicesParts {
  readonly services: AmqpServices;
  readonly client: ClientSource;
  readonly credentials: Credentials;
  /** A device was let in. */
  readonly onProven: (hub: string) => void;
  /** A message is stored, or refused. */
  readonly onSettled: () => void;
}

/** The devices and modules that share one connection, each with its own links and its own end (amqp.md section 7). */
export class ConnectedDevices {
  readonly #devices = new Map<string, AmqpDevice>();
  readonly #ending = new Set<Promise<void>>();

  constructor(private readonly parts: ConnectedDevicesParts) {}

  /** Messages that wait to be stored. */
  get pending(): number {
    let pending = 0;
    for (const device of this.#devices.values()) {
      pending += device.pending;
    }
    return pending;
  }

  /** So much waits for their hub's turn that no more should be read. */
  get areHeldBack(): boolean {
    return [...this.#devices.values()].some((device) => device.isHeldBack);
  }

  /** @param host as the client opened the connection to */
  attach(link: ClientLink, address: Extract<AmqpAddress, { kind: 'device' }>, host: string): void {
    const claim = this.parts.credentials.findFor(address.identities);
    if (claim === undefined) {
      link.detach(
        toAmqpError(new HubError('IotHubUnauthorized', 'No credential for the device was shown.')),
      );
      return;
    }
    const key = formatIdentityId(claim.identity);
    const device = this.#devices.get(key) ?? this.#add(key, claim, host);
    device.attach(link, address.channel);
  }

  /** A newer token holds for those whose access rests on one of its kind. @throws HubError */
  async renew(presented: Presented): Promise<void> {
    const devices =
      presented.kind === 'device'
        ? [this.#devices.get(formatIdentityId(presented.identity))]
        : [...this.#devices.values()];
    for (const device of devices) {
      const claim = device && this.#claimOf(device.identity);
      if (device !== undefined && claim !== undefined) {
        await device.renew(claim);
      }
    }
  }

  /** @param nowMs as `performance.now()` tells it */
  checkDeadlines(nowMs: number): void {
    for (const device of this.#devices.values()) {
      device.checkDeadlines(nowMs);
    }
  }

  async drain(): Promise<void> {
    await Promise.all([...this.#devices.values()].map((device) => device.drain()));
  }

  /** All of them. Resolves when all that they sent is stored. */
  async end(cause: EndCause): Promise<void> {
    for (const device of [...this.#devices.values()]) {
      void device.end(cause);
    }
    await Promise.all(this.#ending);
  }

  #claimOf(identity: DeviceIdentityId): DeviceClaim | undefined {
    return this.parts.credentials.findFor([identity]);
  }

  #add(key: string, claim: DeviceClaim, host: string): AmqpDevice {
    const { services, client, onProven, onSettled } = this.parts;
    const device = new AmqpDevice({
      services,
      client,
      claim: { ...claim, host: claim.host ?? host },
      onProven,
      onSettled,
      onEnded: (ended) => {
        if (this.#devices.get(key) === device) {
          this.#devices.delete(key);
        }
        this.#ending.add(ended);
        void ended.finally(() => this.#ending.delete(ended));
      },
    });
    this.#devices.set(key, device);
    return device;
  }
}
