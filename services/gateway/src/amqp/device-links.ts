import { amqpError, IncomingLink, type AmqpError } from '@linchpin/amqp';
import { HubError, type DeviceChannel } from '@linchpin/wire';
import type { DeviceDownlink } from '../domain/device-downlink.js';
import type { DesiredChange } from '../domain/desired-changes.js';
import type { MethodRequest, MethodResponse } from '../domain/method-calls.js';
import type { OpenedSession } from '../domain/open-session.js';
import { TelemetrySender } from '../domain/send-telemetry.js';
import type { ConnectionRecord } from '../events.js';
import { toAmqpError } from './amqp-fault.js';
import type { AmqpServices } from './amqp-services.js';
import type { ClientLink } from './client-connection.js';
import { DeviceboundLink } from './devicebound-link.js';
import { MethodLinks } from './method-links.js';
import type { TelemetryBacklog } from './telemetry-backlog.js';
import { TelemetryLink } from './telemetry-link.js';
import { TwinLinks } from './twin-links.js';

interface DeviceLinksParts {
  readonly opened: OpenedSession;
  readonly record: ConnectionRecord;
  readonly services: AmqpServices;
  /** The client reads what it is sent. */
  readonly reads: () => boolean;
  readonly backlog: TelemetryBacklog;
  readonly onSettled: () => void;
  readonly onLastDetached: () => void;
}

/** The links of one device: of each kind one, the newest (amqp.md section 7). */
export class DeviceLinks implements DeviceDownlink {
  readonly #telemetry: TelemetrySender;
  readonly #attached = new Map<string, ClientLink>();
  #telemetryLink: TelemetryLink | undefined;
  /** That one, and those of which messages are yet to be stored. */
  readonly #telemetryLinks = new Set<TelemetryLink>();
  #devicebound: DeviceboundLink | undefined;
  readonly #methods: MethodLinks;
  readonly #twin: TwinLinks;
  /** What links that are gone still have to give back. */
  readonly #ending = new Set<Promise<void>>();

  constructor(private readonly parts: DeviceLinksParts) {
    const { services, opened, record } = parts;
    this.#telemetry = new TelemetrySender(
      ...([services.telemetryLog, opened.session, record, opened.limiter] as const),
    );
    this.#methods = new MethodLinks(() => {
      services.presence.announce(opened.held);
    });
    this.#twin = new TwinLinks({ opened, services });
  }

  attach(link: ClientLink, channel: DeviceChannel): void {
    if (!link.isPending) {
      // The client has gone on while the device was let in: the engine need not count the link any more.
      link.detach(null);
      return;
    }
    const kind = `${channel} ${link.attach.role}`;
    const former = this.#attached.get(kind);
    this.#attached.set(kind, link);
    if (former !== undefined) {
      former.detach(
        toAmqpError(
          new HubError('LinkCreationConflict', 'The device has opened another such link.'),
        ),
      );
      this.#gone(kind);
    }
    this.#open(link, channel, kind);
  }

  /** The client has read what it was sent. */
  drained(): void {
    this.#devicebound?.ask();
  }

  /** A device without links is not connected. */
  endIfNone(): void {
    if (this.#attached.size === 0) {
      this.parts.onLastDetached();
    }
  }

  callMethod(request: MethodRequest, signal: AbortSignal): Promise<MethodResponse> {
    return this.#methods.call(request, signal);
  }

  tellDesired(changes: readonly DesiredChange[]): Promise<void> {
    return this.#twin.tellDesired(changes);
  }

  tellMessagesWait(): void {
    if (this.#devicebound === undefined) {
      throw new HubError('DeviceNotOnline', 'The device does not receive messages.');
    }
    this.#devicebound.ask();
  }

  /** Resolves when all that the device sent is stored, or carried out. */
  async idle(): Promise<void> {
    const stored = [...this.#telemetryLinks].map((link) => link.idle());
    await Promise.all([...stored, this.#twin.idle()]);
  }

  /** @returns when all that it sent is stored, and when what it did not take waits again, if it ever listened */
  end(error: AmqpError | null): {
    readonly stored: Promise<void>;
    readonly givenBack: Promise<void> | undefined;
  } {
    this.#telemetry.refuseWaiting();
    for (const link of this.#attached.values()) {
      link.detach(error);
    }
    this.#attached.clear();
    this.#methods.end();
    this.#twin.end();
    this.#endDevicebound();
    const givenBack = this.#ending.size === 0 ? undefined : this.#allGivenBack();
    return { stored: this.idle(), givenBack };
  }

  async #allGivenBack(): Promise<void> {
    await Promise.all(this.#ending);
  }

  #open(link: ClientLink, channel: DeviceChannel, kind: string): void {
    const { backlog, onSettled } = this.parts;
    const onDetached = (): void => {
      this.#detached(link, kind);
    };
    if (channel === 'events' && link instanceof IncomingLink) {
      const sender = this.#telemetry;
      const telemetry = new TelemetryLink({ sender, backlog, onSettled });
      // It may break a rule, and be gone, while it is accepted.
      this.#telemetryLink = telemetry;
      this.#telemetryLinks.add(telemetry);
      telemetry.accept(link, onDetached);
    } else {
      this.#openOther(link, channel, onDetached);
    }
  }

  #openOther(link: ClientLink, channel: DeviceChannel, onDetached: () => void): void {
    const { opened, record, services, reads } = this.parts;
    const isIncoming = link instanceof IncomingLink;
    if (channel === 'methods' && isIncoming) {
      this.#methods.attachResponses(link, onDetached);
    } else if (channel === 'twin' && isIncoming) {
      this.#twin.attachRequests(link, onDetached);
    } else if (channel === 'methods' && !isIncoming) {
      this.#methods.attachRequests(link, onDetached);
    } else if (channel === 'twin' && !isIncoming) {
      this.#twin.attachAnswers(link, onDetached);
    } else if (channel === 'devicebound' && !isIncoming) {
      const mayLock = (): boolean => this.#ending.size === 0;
      this.#devicebound = new DeviceboundLink({
        ...{ link, opened, record, services, reads, mayLock, onDetached },
      });
    } else {
      link.detach(amqpError('amqp:not-allowed', 'No link of this direction is at the address.'));
      onDetached();
    }
  }

  #detached(link: ClientLink, kind: string): void {
    if (this.#attached.get(kind) !== link) {
      return;
    }
    this.#attached.delete(kind);
    this.#gone(kind);
    this.endIfNone();
  }

  #gone(kind: string): void {
    if (kind === 'devicebound receiver') {
      this.#endDevicebound();
    } else if (kind === 'events sender') {
      this.#retireTelemetry();
    }
  }

  #retireTelemetry(): void {
    const link = this.#telemetryLink;
    this.#telemetryLink = undefined;
    if (link !== undefined) {
      void link.retire().then(() => this.#telemetryLinks.delete(link));
    }
  }

  #endDevicebound(): void {
    const ended = this.#devicebound?.end();
    this.#devicebound = undefined;
    if (ended !== undefined) {
      this.#ending.add(ended);
      void ended.finally(() => {
        this.#ending.delete(ended);
        if (this.#ending.size === 0) {
          this.#devicebound?.formerEnded();
        }
      });
    }
  }
}
