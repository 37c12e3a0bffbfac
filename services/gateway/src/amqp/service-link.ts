import { randomUUID } from 'node:crypto';
import type { ClientSource } from '@linchpin/auth';
import type { EndCause } from '@linchpin/wire';
import type { AccessHolder } from '../domain/access-entry.js';
import { accessLeftMs } from '../domain/device-session.js';
import type { OpenedService, ServiceClaim } from '../domain/open-service.js';
import type { PolicyGrant } from '../domain/policy-tokens.js';
import type { ServiceLinkFacts, ServiceLinkRecord } from '../service-link-events.js';
import { errorOfEnd, toAmqpError } from './amqp-fault.js';
import type { AmqpServices } from './amqp-services.js';
import type { ClientLink } from './client-connection.js';
import type { LinkRefusal } from './link-refusal.js';
import type { ManagementNode } from './management-node.js';
import type { ServiceAddress } from './service-address.js';
import { openServiceEndpoint, type ServiceEndpoint } from './service-endpoint.js';

interface ServiceLinkOptions {
  readonly link: ClientLink;
  readonly address: ServiceAddress;
  readonly claim: ServiceClaim;
  readonly services: AmqpServices;
  readonly client: ClientSource;
  /** Of the connection. */
  readonly management: ManagementNode;
  /** The client reads what it is sent. */
  readonly reads: () => boolean;
  /** Told at once; `ended` resolves when nothing is left to do for it. */
  readonly onEnded: (ended: Promise<void>) => void;
}

interface Open {
  readonly opened: OpenedService;
  readonly record: ServiceLinkRecord;
  readonly endpoint: ServiceEndpoint;
}

interface Failure {
  readonly error: LinkRefusal;
  /** The link was not accepted until then. */
  readonly isRefusal: boolean;
}

/** One link of a back end, which ends with the access that it rests on. */
export class ServiceLink implements AccessHolder {
  readonly client: ClientSource;
  #facts: ServiceLinkFacts;
  readonly #opening: Promise<Open | undefined>;
  #open: Open | undefined;
  #failure: Failure | undefined;
  #expiresAtMs = Infinity;
  #ended: Promise<void> | undefined;

  constructor(private readonly options: ServiceLinkOptions) {
    const { client, address } = options;
    this.client = client;
    this.#facts = {
      linkId: randomUUID(),
      remoteAddress: client.address,
      kind: address.kind,
    };
    this.#opening = this.#letIn();
  }

  get isEnded(): boolean {
    return this.#ended !== undefined;
  }

  get address(): ServiceAddress {
    return this.options.address;
  }

  /** Waits while it is being let in; undefined when it was not, or has ended. */
  async opened(): Promise<OpenedService | undefined> {
    const open = await this.#opening;
    return this.isEnded ? undefined : open?.opened;
  }

  /** From now on it rests on that. */
  keepAccess({ expiresAt }: PolicyGrant): void {
    const leftMs = accessLeftMs({ expiresAt, type: 'sas' }, Date.now()) ?? Infinity;
    this.#expiresAtMs = performance.now() + leftMs;
  }

  /** The client has read what it was sent. */
  drained(): void {
    this.#open?.endpoint.drained();
  }

  checkDeadlines(nowMs: number): void {
    if (nowMs >= this.#expiresAtMs) {
      void this.end('token-expired');
    }
  }

  async drain(): Promise<void> {
    const open = await this.#opening;
    await open?.endpoint.drain();
    await this.end('gateway-stopped');
  }

  end(cause: EndCause): Promise<void> {
    if (this.#ended === undefined) {
      this.#ended = this.#end(cause);
      this.options.onEnded(this.#ended);
    }
    return this.#ended;
  }

  async #letIn(): Promise<Open | undefined> {
    const { services, claim, link } = this.options;
    try {
      const opened = await services.serviceOpener.open(claim, this);
      if (!link.isPending) {
        // The client has gone on meanwhile.
        services.serviceOpener.close(opened);
        void this.end('client-disconnect');
        return undefined;
      }
      return this.#openEndpoint(opened);
    } catch (error) {
      this.#refuse(error);
      return undefined;
    }
  }

  #openEndpoint(opened: OpenedService): Open {
    const { services, link, address, reads, management, claim } = this.options;
    const record = services.serviceEvents.opened(this.#facts, opened.grant);
    this.#facts = record;
    const parts = {
      ...{ services, opened, record, reads, management, host: claim.host },
      onDetached: () => {
        void this.end('client-disconnect');
      },
      onFailed: (error: LinkRefusal, cause: EndCause) => {
        this.#fail(error, cause);
      },
    };
    try {
      const endpoint = openServiceEndpoint(link, address, parts);
      this.keepAccess(opened.grant);
      this.#open = { opened, record, endpoint };
      return this.#open;
    } catch (error) {
      services.serviceOpener.close(opened);
      throw error;
    }
  }

  #fail(error: LinkRefusal, cause: EndCause): void {
    if (!this.isEnded) {
      const { link } = this.options;
      this.#failure = { error, isRefusal: link.isPending };
      link.detach(error.toAmqp());
      void this.end(cause);
    }
  }

  #refuse(error: unknown): void {
    if (!this.isEnded) {
      const { services, link } = this.options;
      services.serviceEvents.refused(this.#facts, error);
      link.detach(toAmqpError(error));
      void this.end('protocol-violation');
    }
  }

  async #end(cause: EndCause): Promise<void> {
    const { link, services } = this.options;
    link.detach(errorOfEnd(cause));
    // A client that broke a rule before it was let in ends it while it is being accepted.
    const open = this.#open ?? (await this.#opening);
    if (open === undefined) {
      return;
    }
    services.serviceOpener.close(open.opened);
    if (this.#failure?.isRefusal === true) {
      services.serviceEvents.refused(open.record, this.#failure.error);
    } else {
      services.serviceEvents.ended(open.record, cause, this.#failure?.error);
    }
    await open.endpoint.end();
  }
}
