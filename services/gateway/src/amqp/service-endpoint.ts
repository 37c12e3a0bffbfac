import { amqpError, IncomingLink, type OutgoingLink } from '@linchpin/amqp';
import type { EndCause } from '@linchpin/wire';
import type { OpenedService } from '../domain/open-service.js';
import type { ServiceLinkRecord } from '../service-link-events.js';
import type { AmqpServices } from './amqp-services.js';
import type { ClientLink } from './client-connection.js';
import { CloudToDeviceLink } from './cloud-to-device-link.js';
import { EventReceiver } from './event-receiver.js';
import { eventsRedirect } from './events-redirect.js';
import { encodeFeedbackMessage } from './feedback-message.js';
import { encodeFileNotification } from './file-notification-message.js';
import { LinkRefusal } from './link-refusal.js';
import type { ManagementNode } from './management-node.js';
import type { ServiceAddress } from './service-address.js';
import { ServiceboundLink } from './servicebound-link.js';

/** What a back end has at an address, for the time of one link. */
export interface ServiceEndpoint {
  /** The client has read what it was sent. */
  drained(): void;

  /** The gateway stops: resolves when all that changes something is carried out; what can be refused is. */
  drain(): Promise<void>;

  /** The link is over, and is detached by whoever calls. Resolves when nothing is left to do for it. */
  end(): Promise<void>;
}

export interface ServiceEndpointParts {
  readonly services: AmqpServices;
  /** For which hub, by which policy. */
  readonly opened: OpenedService;
  /** By which its token calls the hub. */
  readonly host: string;
  /** Of the connection. */
  readonly management: ManagementNode;
  readonly record: ServiceLinkRecord;
  /** The client reads what it is sent; `drained` is called when it does again. */
  readonly reads: () => boolean;
  /** The client has ended the link. */
  readonly onDetached: () => void;
  /** The endpoint refuses the link, or ends it: it is detached with that. */
  readonly onFailed: (error: LinkRefusal, cause: EndCause) => void;
}

/**
 * Accepts a link of a back end that may be at the address. The link stays the endpoint's to refuse or to end.
 *
 * @throws LinkRefusal
 */
export function openServiceEndpoint(
  link: ClientLink,
  address: ServiceAddress,
  parts: ServiceEndpointParts,
): ServiceEndpoint {
  const { feedback, fileNotifications } = parts.services;
  switch (address.kind) {
    case 'cloud-to-device':
      return new CloudToDeviceLink(incoming(link), parts);
    case 'feedback':
      return new ServiceboundLink(
        outgoing(link),
        { feeds: feedback, encode: encodeFeedbackMessage },
        parts,
      );
    case 'file-notifications':
      return new ServiceboundLink(
        outgoing(link),
        { feeds: fileNotifications, encode: encodeFileNotification },
        parts,
      );
    case 'built-in-events':
      throw redirect(address, parts);
    case 'event-hub-management':
      return parts.management.open(link, parts.opened.grant, parts.onDetached);
    case 'event-hub-partition':
      return new EventReceiver(outgoing(link), address, parts);
  }
}

function outgoing(link: ClientLink): OutgoingLink {
  if (link instanceof IncomingLink) {
    throw wrongDirection();
  }
  return link;
}

function incoming(link: ClientLink): IncomingLink {
  if (link instanceof IncomingLink) {
    return link;
  }
  throw wrongDirection();
}

function wrongDirection(): LinkRefusal {
  const text = 'No link of this direction is at the address.';
  return new LinkRefusal(amqpError('amqp:not-allowed', text));
}

function redirect(
  { tail }: Extract<ServiceAddress, { readonly kind: 'built-in-events' }>,
  { services, host, opened }: ServiceEndpointParts,
): LinkRefusal {
  const target = { host, port: services.reading.publicPort, tail };
  return new LinkRefusal(eventsRedirect(target, opened.grant));
}
