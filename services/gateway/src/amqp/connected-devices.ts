import { amqpError } from '@linchpin/amqp';
import type { ClientSource } from '@linchpin/auth';
import { formatIdentityId, HubError, type AmqpAddress, type EndCause } from '@linchpin/wire';
import type { Protocol } from '../events.js';
import { AmqpDevice } from './amqp-device.js';
import { toAmqpError } from './amqp-fault.js';
import type { AmqpServices } from './amqp-services.js';
import type { ClientLink } from './client-connection.js';
import type { Credentials, DeviceClaim, Presented } from './credentials.js';
import { TelemetryBacklog } from './telemetry-backlog.js';

/** Of a client that has proven nothing yet: each has the registry judge its credential. */
const unprovenDevicesMax = 8;

interface ConnectedDevicesParts {
  readonly services: AmqpServices;
  readonly client: ClientSource;
  readonly protocol: Protocol;
  readonly credentials: Credentials;
  /** A device was let in. */
  readonly onProven: (hub: string) => void;
  readonly isProven: () => boolean;
  /** The client reads what it is sent. */
  readonly reads: () => boolean;
  /** A message is stored, or refused. */
  readonly onSettled: () => void;
  /** A link could not be opened, by no fault of the client. */
  readonly onFault: (error: unknown) => void;
}

/** The devices and modules that share one connection, each with its own links and its own end (amqp.md section 7). */
export class ConnectedDevices {
  readonly #devices = new Map<string, AmqpDevice>();
  readonly #ending = new Set<Promise<void>>();
  readonly backlog = new TelemetryBacklog();

  constructor(private readonly parts: ConnectedDevicesParts) {}

  get areNone(): boolean {
    return this.#devices.size === 0;
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
    const device = this.#devices.get(key);
    if (device !== undefined) {
      device.attach(link, address.channel);
    } else if (!this.parts.isProven() && this.#devices.size >= unprovenDevicesMax) {
      link.detach(
        amqpError('amqp:resource-limit-exceeded', 'Others are being let in. Please retry.'),
      );
    } else {
      this.#add(key, claim, host).attach(link, address.channel);
    }
  }

  /** The client has read what it was sent. */
  drained(): void {
    for (const device of this.#devices.values()) {
      device.drained();
    }
  }

  /** A newer token holds for those whose access rests on one of its kind. @throws HubError for a device's own */
  async renew(presented: Presented): Promise<void> {
    if (presented.kind === 'device') {
      await this.#renew(this.#devices.get(formatIdentityId(presented.identity)));
      return;
    }
    for (const device of [...this.#devices.values()]) {
      // For whom it is not, or who goes meanwhile, what held before holds on.
      await this.#renew(device).catch(() => undefined);
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

  async #renew(device: AmqpDevice | undefined): Promise<void> {
    const claim = device && this.parts.credentials.findFor([device.identity]);
    if (claim !== undefined) {
      await device?.renew(claim);
    }
  }

  #add(key: string, claim: DeviceClaim, host: string): AmqpDevice {
    const { services, client, protocol, reads, onProven, onSettled, onFault } = this.parts;
    const device = new AmqpDevice({
      services,
      client,
      protocol,
      claim: { ...claim, host: claim.host ?? host },
      reads,
      backlog: this.backlog,
      onProven,
      onSettled,
      onFault,
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
