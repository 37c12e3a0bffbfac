/** How the load generator speaks each protocol. */
import type { Device } from '../devices.js';
import { AmqpCommandDevice } from './amqp-command-device.js';
import { AmqpConnection } from './amqp-connection.js';
import type { CommandDevice, CommandDeviceListener } from './command-device.js';
import type { Endpoint, LoadConnection, Protocol } from './load-connection.js';
import type { MessageTemplate, MessageTemplateOptions } from './message-template.js';
import { MqttCommandDevice } from './mqtt-command-device.js';
import { MqttConnection } from './mqtt-connection.js';
import { PublishTemplate } from './publish-template.js';
import { TransferTemplate } from './transfer-template.js';

interface LoadProtocol {
  /** Resolves once messages may be sent. @throws Error when the device is not let in */
  open(endpoint: Endpoint, device: Device, onLost: (error: Error) => void): Promise<LoadConnection>;
  templateOf(options: MessageTemplateOptions): MessageTemplate;
  /** Resolves once the device is given commands. @throws Error when it is not let in */
  openCommandDevice(
    endpoint: Endpoint,
    device: Device,
    listener: CommandDeviceListener,
  ): Promise<CommandDevice>;
}

export const loadProtocols: Readonly<Record<Protocol, LoadProtocol>> = {
  mqtt: {
    open: (...parts) => MqttConnection.open(...parts),
    templateOf: (options) => new PublishTemplate(options),
    openCommandDevice: (...parts) => MqttCommandDevice.open(...parts),
  },
  amqp: {
    open: (...parts) => AmqpConnection.open(...parts),
    templateOf: (options) => new TransferTemplate(options),
    openCommandDevice: (...parts) => AmqpCommandDevice.open(...parts),
  },
};
