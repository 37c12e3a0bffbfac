import { amqpError, IncomingLink, type AmqpError } from '@linchpin/amqp';
import type { ClientSource } from '@linchpin/auth';
import type { OpenedService } from '../domain/open-service.js';
import type { ServiceLinkRecord } from '../service-link-events.js';
import type { AmqpServices } from './amqp-services.js';
import type { ClientLink } from './client-connection.js';
import { CloudToDeviceLink } from './cloud-to-device-link.js';
import { EventReceiver } from './event-receiver.js';
import { eventsRedirect } from './events-redirect.js';
import { FeedbackLink } from './feedback-link.js';
import { FileNotificationsLink } from './file-notifications-link.js';
import type { ManagementNode } from './management-node.js';
import type { ServiceAddress } from './service-address.js';

/** What a back end has at an address, for the time of one link. */
export interface ServiceEndpoint {
  /** The client has read what it was sent. */
  drained(): void;

  /** Resolves when all that has come by the link is carried out. */
  idle(): Promise<void>;

  /** The link is over, and is detached by whoever calls. Resolves when nothing is left to do for it. */
  end(): Promise<void>;
}

export interface ServiceEndpointParts {
  readonly services: AmqpServices;
  /** For which hub, by which policy. */
  readonly opened: OpenedService;
  readonly client: ClientSource;
  /** By which its token calls the hub. */
  readonly host: string;
  /** Of the connection. */
  readonly management: ManagementNode;
  readonly record: ServiceLinkRecord;
  /** The client reads what it is sent; `drained` is called when it does again. */
  readonly reads: () => boolean;
  /** The client, or the endpoint itself, has ended the link. */
  readonly onDetached: () => void;
}

/**
 * Accepts a link of a back end that may be at the address. The link stays the endpoint's to refuse or to end.
 *
 * @returns undefined when it is refused
 */
export function openServiceEndpoint(
  link: ClientLink,
  address: ServiceAddress,
  parts: ServiceEndpointParts,
): ServiceEndpoint | undefined {
  switch (address.kind) {
    case 'file-notifications':
      return link instanceof IncomingLink
        ? refuse(link, wrongDirection)
        : new FileNotificationsLink(link, parts);
    case 'cloud-to-device':
      return link instanceof IncomingLink
        ? new CloudToDeviceLink(link, parts)
        : refuse(link, wrongDirection);
    case 'feedback':
      return link instanceof IncomingLink
        ? refuse(link, wrongDirection)
        : new FeedbackLink(link, parts);
    case 'built-in-events':
      return refuse(link, redirect(address, parts));
    case 'event-hub-management':
      return parts.management.open(link, parts.opened.grant, parts.onDetached);
    case 'event-hub-partition':
      return link instanceof IncomingLink
        ? refuse(link, wrongDirection)
        : new EventReceiver(link, address, parts);
  }
}

const wrongDirection = amqpError(
  'amqp:not-allowed',
  'No link of this direction is at the address.',
);

function refuse(link: ClientLink, error: AmqpError): ServiceEndpoint | undefined {
  link.detach(error);
  return undefined;
}

function redirect(
  { tail }: Extract<ServiceAddress, { readonly kind: 'built-in-events' }>,
  { services, host, opened }: ServiceEndpointParts,
): AmqpError {
  return eventsRedirect({ host, port: services.reading.publicPort, tail }, opened.grant);
}
