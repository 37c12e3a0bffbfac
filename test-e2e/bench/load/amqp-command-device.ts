/** A device of the load generator that takes commands by AMQP, and settles each as accepted. */
import { accepted } from '@linchpin/amqp';
import { encodeFlow, encodeSettlement } from '@linchpin/amqp/client-frames';
import type { Device } from '../devices.js';
import { descriptors, readDeliveryId } from './amqp-frames.js';
import { AmqpLink } from './amqp-link.js';
import { framesOf, openingOfReceiver, windows } from './amqp-opening.js';
import { numberOfCommand } from './command-body.js';
import type { CommandDevice, CommandDeviceListener } from './command-device.js';
import type { Endpoint } from './load-connection.js';

export class AmqpCommandDevice implements CommandDevice {
  private constructor(private readonly link: AmqpLink) {}

  /** Resolves once it has given credit. */
  static async open(
    endpoint: Endpoint,
    device: Device,
    { onCommand, onLost }: CommandDeviceListener,
  ): Promise<AmqpCommandDevice> {
    const link = await AmqpLink.open(endpoint, openingOfReceiver(device, endpoint.host), onLost);
    link.listen({
      onFrame: (descriptor, bytes, start, end) => {
        if (descriptor === descriptors.transfer) {
          link.send(acceptedFrame(readDeliveryId(bytes, start)));
          onCommand(numberOfCommand(bytes, end));
        }
      },
      turnEnded: () => undefined,
    });
    link.send(creditFrame);
    return new AmqpCommandDevice(link);
  }

  close(): Promise<void> {
    return this.link.close();
  }
}

/** Credit for more than are ever sent. */
export const creditFrame = framesOf((output) => {
  output.writeFrame(0, encodeFlow, {
    ...windows,
    nextIncomingId: 1,
    nextOutgoingId: 1,
    handle: 0,
    deliveryCount: 0,
    linkCredit: 0xffffffff,
    available: null,
    drain: null,
    echo: null,
  });
});

/** Stands for the delivery id, twice. */
const idPlaceholder = 0xfedcba98;

const acceptedTemplate = framesOf((output) => {
  const range = { first: idPlaceholder, last: idPlaceholder };
  output.writeFrame(0, encodeSettlement, { role: 'receiver', ...range, outcome: accepted });
});
const firstOffset = acceptedTemplate.indexOf('fedcba98', 'hex');
const lastOffset = acceptedTemplate.indexOf('fedcba98', firstOffset + 4, 'hex');

export function acceptedFrame(deliveryId: number): Buffer {
  const frame = Buffer.from(acceptedTemplate);
  frame.writeUInt32BE(deliveryId, firstOffset);
  frame.writeUInt32BE(deliveryId, lastOffset);
  return frame;
}
