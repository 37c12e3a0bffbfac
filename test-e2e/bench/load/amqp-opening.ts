/** What a device of the load generator writes before its first message, and when it goes. */
import { sourceAt, targetAt } from '@linchpin/amqp';
import {
  encodeAttach,
  encodeBegin,
  encodeClose,
  encodeOpen,
  encodeSaslInit,
  FrameOutput,
  protocolHeaders,
  type Attach,
} from '@linchpin/amqp/client-frames';
import type { Device } from '../devices.js';
import { descriptors } from './amqp-frames.js';

export interface AmqpOpening {
  /** Layer and mechanism; the rest waits for the outcome. */
  readonly sasl: Buffer;
  /** Connection, session 0 and link 0. */
  readonly link: Buffer;
  /** The descriptor of the frame by which the link may be used. */
  readonly readyAt: number;
}

/** A link on which the device sends telemetry. */
export function openingOfSender(device: Device, host: string): AmqpOpening {
  const target = targetAt(`/devices/${device.id}/messages/events`);
  return {
    sasl: saslOf(device, host),
    link: linkOf(host, { ...plainAttach, role: 'sender', target, initialDeliveryCount: 0 }),
    readyAt: descriptors.flow,
  };
}

/** A link on which the device is given its messages, as soon as it gives credit. */
export function openingOfReceiver(device: Device, host: string): AmqpOpening {
  const source = sourceAt(`/devices/${device.id}/messages/devicebound`);
  return {
    sasl: saslOf(device, host),
    link: linkOf(host, { ...plainAttach, role: 'receiver', source }),
    readyAt: descriptors.attach,
  };
}

export const closeFrame = framesOf((output) => {
  output.writeFrame(0, encodeClose, null);
});

/** Frames in one piece. */
export function framesOf(write: (output: FrameOutput) => void): Buffer {
  const output = new FrameOutput();
  write(output);
  return Buffer.concat(output.take());
}

/** As wide as can be, so that the client need not tell of it again. */
export const windows = { incomingWindow: 0xffffffff, outgoingWindow: 0xffffffff } as const;

const plainAttach: Omit<Attach, 'role'> = {
  name: 'bench',
  handle: 0,
  senderSettleMode: 0,
  receiverSettleMode: 0,
  source: sourceAt('bench'),
  target: targetAt('bench'),
  initialDeliveryCount: null,
  maxMessageSize: null,
  offeredCapabilities: [],
  desiredCapabilities: [],
  properties: null,
};

/** PLAIN with a token of the device's own (amqp.md section 2.3). */
function saslOf({ id, token }: Device, host: string): Buffer {
  const initialResponse = Buffer.from(`\0${id}@sas.${host}\0${token}`);
  return framesOf((output) => {
    output.writeHeader(protocolHeaders.sasl);
    output.writeSaslFrame(encodeSaslInit, { mechanism: 'PLAIN', initialResponse, hostname: null });
  });
}

function linkOf(host: string, attach: Attach): Buffer {
  return framesOf((output) => {
    output.writeHeader(protocolHeaders.amqp);
    output.writeFrame(0, encodeOpen, {
      containerId: 'bench',
      hostname: host,
      maxFrameSize: 65_536,
      channelMax: 0,
      idleTimeOutMs: null,
      offeredCapabilities: [],
      desiredCapabilities: [],
      properties: null,
    });
    output.writeFrame(0, encodeBegin, {
      remoteChannel: null,
      nextOutgoingId: 1,
      ...windows,
      handleMax: null,
    });
    output.writeFrame(0, encodeAttach, attach);
  });
}
