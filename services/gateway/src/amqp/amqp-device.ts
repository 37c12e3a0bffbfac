import { randomUUID } from 'node:crypto';
import { textOf, type AmqpError } from '@linchpin/amqp';
import type { ClientSource } from '@linchpin/auth';
import {
  azureLimits,
  HubError,
  type DeviceChannel,
  type DeviceIdentityId,
  type EndCause,
  type HubId,
} from '@linchpin/wire';
import type { DeviceConnection } from '../domain/device-connection.js';
import type { DeviceDownlink } from '../domain/device-downlink.js';
import { accessLeftMs, type Grant } from '../domain/device-session.js';
import type { ConnectClaim, OpenedSession } from '../domain/open-session.js';
import type { ConnectionRecord, Protocol } from '../events.js';
import { errorOfEnd, toAmqpError } from './amqp-fault.js';
import type { AmqpServices } from './amqp-services.js';
import type { ClientLink } from './client-connection.js';
import type { DeviceClaim } from './credentials.js';
import { DeviceLinks } from './device-links.js';
import type { TelemetryBacklog } from './telemetry-backlog.js';

interface AmqpDeviceOptions {
  readonly services: AmqpServices;
  readonly client: ClientSource;
  readonly protocol: Protocol;
  readonly claim: DeviceClaim & { readonly host: string };
  /** The client reads what it is sent. */
  readonly reads: () => boolean;
  readonly backlog: TelemetryBacklog;
  readonly onProven: (hub: string) => void;
  readonly onSettled: () => void;
  /** A link could not be opened, by no fault of the client. */
  readonly onFault: (error: unknown) => void;
  /** Told at once; `ended` resolves when all that it sent is stored. */
  readonly onEnded: (ended: Promise<void>) => void;
}

interface Open {
  readonly opened: OpenedSession;
  readonly record: ConnectionRecord;
  readonly links: DeviceLinks;
}

/**
 * One device or module of a client's connection: it is connected from its first link to its last. To the rest of the
 * gateway that is a connection like any other.
 */
export class AmqpDevice implements DeviceConnection {
  readonly id = randomUUID();
  readonly client: ClientSource;
  readonly identity: DeviceIdentityId;
  readonly #opening: Promise<Open | undefined>;
  #open: Open | undefined;
  /** Links that wait until the device is let in. */
  readonly #waiting = new Map<ClientLink, DeviceChannel>();
  #expiresAtMs = Infinity;
  #renewed: Promise<unknown> = Promise.resolve();
  #ended: Promise<void> | undefined;

  constructor(private readonly options: AmqpDeviceOptions) {
    this.client = options.client;
    this.identity = options.claim.identity;
    // The first links come with the same turn: they may name the model, and hear of a refusal.
    this.#opening = Promise.resolve().then(() => this.#letIn());
  }

  get isEnded(): boolean {
    return this.#ended !== undefined;
  }

  attach(link: ClientLink, channel: DeviceChannel): void {
    this.#waiting.set(link, channel);
    if (this.#waiting.size === 1) {
      this.#attachWaiting().catch(this.options.onFault);
    }
  }

  /** The client has read what it was sent. */
  drained(): void {
    this.#open?.links.drained();
  }

  proven({ hub }: HubId): void {
    this.options.onProven(hub);
  }

  async downlink(): Promise<DeviceDownlink | undefined> {
    await this.#opening;
    return this.isEnded ? undefined : this.#open?.links;
  }

  /** From now on its access rests on another credential: that of the last call. @throws HubError when it is refused */
  renew(claim: DeviceClaim): Promise<void> {
    const renewal = this.#renewed.then(() => this.#renew(claim));
    this.#renewed = renewal.catch(() => undefined);
    return renewal;
  }

  checkDeadlines(nowMs: number): void {
    if (nowMs >= this.#expiresAtMs) {
      void this.end('token-expired');
    }
  }

  end(cause: EndCause): Promise<void> {
    if (this.#ended === undefined) {
      this.#ended = this.#end(cause);
      this.options.onEnded(this.#ended);
    }
    return this.#ended;
  }

  async drain(): Promise<void> {
    await this.#opening;
    await this.#open?.links.idle();
    await this.end('gateway-stopped');
  }

  async #attachWaiting(): Promise<void> {
    const open = await this.#opening;
    for (const [link, channel] of this.#waiting) {
      this.#waiting.delete(link);
      open?.links.attach(link, channel);
    }
    open?.links.endIfNone();
  }

  async #letIn(): Promise<Open | undefined> {
    const { services, claim, client, protocol, reads, backlog, onSettled } = this.options;
    const askedMs = performance.now();
    try {
      if (services.telemetryLog.isOverfull) {
        throw new HubError('ServiceUnavailable', 'Too much telemetry waits; try again.');
      }
      const modelId = modelIdOf(this.#waiting.keys());
      const opened = await services.opener.open({ ...this.#claimOf(claim), modelId }, this);
      if (this.isEnded) {
        await services.opener.close(opened, 'connection-lost');
        return undefined;
      }
      const { session } = opened;
      const tookMs = performance.now() - askedMs;
      const remoteAddress = client.address;
      const record = services.events.connected({
        ...{ session, remoteAddress, protocol, tookMs },
      });
      this.#keepAccess(session.grant);
      const links = new DeviceLinks({
        ...{ opened, record, services, reads, backlog, onSettled },
        onLastDetached: () => {
          void this.end('client-disconnect');
        },
      });
      this.#open = { opened, record, links };
      return this.#open;
    } catch (error) {
      this.#refuse(error);
      return undefined;
    }
  }

  async #renew(claim: DeviceClaim): Promise<void> {
    const open = await this.#opening;
    if (open !== undefined && !this.isEnded) {
      const renewed = await this.options.services.opener.renew(open.opened, this.#claimOf(claim));
      this.#keepAccess(renewed);
    }
  }

  #claimOf({ identity, credential, host }: DeviceClaim): ConnectClaim {
    return {
      identity,
      credential,
      host: host ?? this.options.claim.host,
      modelId: undefined,
      cleanSession: false,
    };
  }

  #keepAccess(grant: Grant): void {
    const leftMs = accessLeftMs(grant, Date.now());
    this.#expiresAtMs = leftMs === undefined ? Infinity : performance.now() + leftMs;
  }

  #refuse(error: unknown): void {
    if (this.isEnded) {
      return;
    }
    const { services, claim, client, protocol } = this.options;
    services.events.connectRefused({
      connectionId: this.id,
      remoteAddress: client.address,
      protocol,
      claim: this.#claimOf(claim),
      error,
    });
    this.#detachWaiting(toAmqpError(error));
    void this.end('protocol-violation');
  }

  #detachWaiting(error: AmqpError | null): void {
    for (const link of this.#waiting.keys()) {
      link.detach(error);
    }
    this.#waiting.clear();
  }

  async #end(cause: EndCause): Promise<void> {
    const error = errorOfEnd(cause);
    this.#detachWaiting(error);
    const { services } = this.options;
    const open = this.#open;
    if (open === undefined) {
      await this.#opening;
      return;
    }
    const { stored, givenBack } = open.links.end(error);
    services.events.ended(open.record, cause, undefined);
    await Promise.all([services.opener.close(open.opened, cause, givenBack), stored]);
  }
}

/**
 * What the links by which the device connects say of its IoT Plug and Play model (amqp.md section 4.4).
 *
 * @throws HubError ArgumentInvalid
 */
function modelIdOf(links: Iterable<ClientLink>): string | undefined {
  for (const { attach } of links) {
    const modelId = textOf(attach.properties?.get('com.microsoft:model-id') ?? null) ?? '';
    if (modelId.length > azureLimits.modelIdLengthMax) {
      throw new HubError('ArgumentInvalid', 'The model id is too long.');
    }
    if (modelId !== '') {
      return modelId;
    }
  }
  return undefined;
}
