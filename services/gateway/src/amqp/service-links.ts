import { randomUUID } from 'node:crypto';
import { amqpError } from '@linchpin/amqp';
import type { ClientSource } from '@linchpin/auth';
import { HubError, type EndCause } from '@linchpin/wire';
import type { OpenedService, ServiceClaim } from '../domain/open-service.js';
import { toAmqpError } from './amqp-fault.js';
import type { AmqpServices } from './amqp-services.js';
import type { ClientLink } from './client-connection.js';
import type { Credentials, Presented } from './credentials.js';
import type { ServiceAddress } from './service-address.js';
import { LinkRefusal } from './link-refusal.js';
import { ManagementNode } from './management-node.js';
import { ServiceLink } from './service-link.js';

/** Of one connection: a reader of all partitions of the largest hub, several times over. */
const linksMax = 256;

interface ServiceLinksParts {
  readonly services: AmqpServices;
  readonly client: ClientSource;
  readonly credentials: Credentials;
  /** The client reads what it is sent. */
  readonly reads: () => boolean;
}

/** The links of a back end on one connection, each with its own access and its own end (amqp.md sections 8 and 9). */
export class ServiceLinks {
  readonly #links = new Set<ServiceLink>();
  readonly #ending = new Set<Promise<void>>();
  #renewed: Promise<unknown> = Promise.resolve();
  readonly #management: ManagementNode;

  constructor(private readonly parts: ServiceLinksParts) {
    const { reading, exchanges, serviceEvents } = parts.services;
    this.#management = new ManagementNode({
      eventHubs: reading.eventHubs,
      rooms: exchanges,
      onFailed: (failure) => {
        serviceEvents.requestFailed(failure);
      },
    });
  }

  get areNone(): boolean {
    return this.#links.size === 0;
  }

  attach(link: ClientLink, address: ServiceAddress): void {
    const claim = this.parts.credentials.findForService(address);
    if (claim === undefined) {
      const text = 'No token of a policy that covers the address was shown.';
      this.refuse(link, address.kind, new HubError('IotHubUnauthorizedAccess', text));
    } else if (this.#links.size >= linksMax) {
      const text = `A connection has ${linksMax} links of a back end at most.`;
      const error = amqpError('amqp:resource-limit-exceeded', text);
      this.refuse(link, address.kind, new LinkRefusal(error));
    } else {
      this.#add(link, address, claim);
    }
  }

  /** @param kind of what is at its address */
  refuse(link: ClientLink, kind: string, error: Error): void {
    const { services, client } = this.parts;
    const facts = { linkId: randomUUID(), remoteAddress: client.address, kind };
    services.serviceEvents.refused(facts, error);
    link.detach(toAmqpError(error));
  }

  /** The client has read what it was sent. */
  drained(): void {
    for (const link of this.#links) {
      link.drained();
    }
  }

  /** A newer token of a policy holds for all links that it covers. @throws HubError when it does not count for them */
  renew(presented: Presented): Promise<void> {
    const renewal = this.#renewed.then(() => this.#renew(presented));
    this.#renewed = renewal.catch(() => undefined);
    return renewal;
  }

  /** @param nowMs as `performance.now()` tells it */
  checkDeadlines(nowMs: number): void {
    for (const link of this.#links) {
      link.checkDeadlines(nowMs);
    }
  }

  async drain(): Promise<void> {
    await Promise.all([...this.#links].map((link) => link.drain()));
  }

  /** All of them. Resolves when nothing is left to do for them. */
  async end(cause: EndCause): Promise<void> {
    for (const link of [...this.#links]) {
      void link.end(cause);
    }
    await Promise.all(this.#ending);
  }

  async #renew(presented: Presented): Promise<void> {
    if (presented.kind !== 'policy') {
      return;
    }
    const renewed = await this.#restingOn(presented.token, presented.hub);
    const [first] = renewed.keys();
    const claim = first && this.parts.credentials.findForService(first.address);
    if (claim === undefined) {
      return;
    }
    const grant = await this.parts.services.serviceOpener.renew([...renewed.values()], claim);
    for (const link of renewed.keys()) {
      link.keepAccess(grant);
    }
  }

  /** Links of the hub for which the token is the newest. */
  async #restingOn(token: string, hub: string): Promise<ReadonlyMap<ServiceLink, OpenedService>> {
    const { credentials } = this.parts;
    const links = new Map<ServiceLink, OpenedService>();
    for (const link of [...this.#links]) {
      const opened = await link.opened();
      const isNewest = credentials.findForService(link.address)?.token === token;
      if (opened?.grant.hub === hub && isNewest) {
        links.set(link, opened);
      }
    }
    return links;
  }

  #add(link: ClientLink, address: ServiceAddress, claim: ServiceClaim): void {
    const { services, client, reads } = this.parts;
    const added = new ServiceLink({
      ...{ link, address, claim, services, client, reads },
      management: this.#management,
      onEnded: (ended) => {
        this.#links.delete(added);
        this.#ending.add(ended);
        void ended.finally(() => this.#ending.delete(ended));
      },
    });
    this.#links.add(added);
  }
}
