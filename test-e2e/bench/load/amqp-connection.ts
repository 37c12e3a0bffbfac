/** A device of the load generator by AMQP: it sends telemetry, and counts what is settled as accepted. */
import type { Device } from '../devices.js';
import { descriptors, readAccepted } from './amqp-frames.js';
import { AmqpLink } from './amqp-link.js';
import { openingOfSender } from './amqp-opening.js';
import type { AcknowledgementListener, Endpoint, LoadConnection } from './load-connection.js';

/**
 * It looks at no credit: each server here gives it anew long before the 1,000 are used up that it begins with, and
 * a load has fewer messages on their way.
 */
export class AmqpConnection implements LoadConnection {
  private constructor(private readonly link: AmqpLink) {}

  static async open(
    endpoint: Endpoint,
    device: Device,
    onLost: (error: Error) => void,
  ): Promise<AmqpConnection> {
    const opening = openingOfSender(device, endpoint.host);
    return new AmqpConnection(await AmqpLink.open(endpoint, opening, onLost));
  }

  listen(listener: AcknowledgementListener): void {
    this.link.listen({
      onFrame: (descriptor, bytes, start) => {
        if (descriptor === descriptors.disposition) {
          acknowledge(listener, readAccepted(bytes, start));
        }
      },
      turnEnded: () => {
        listener.turnEnded();
      },
    });
  }

  send(transfers: Buffer): void {
    this.link.send(transfers);
  }

  close(): Promise<void> {
    return this.link.close();
  }
}

function acknowledge(
  listener: AcknowledgementListener,
  { first, last }: ReturnType<typeof readAccepted>,
): void {
  const nowMs = performance.now();
  for (let id = first; id <= last; id++) {
    listener.acknowledged(id, nowMs);
  }
}
