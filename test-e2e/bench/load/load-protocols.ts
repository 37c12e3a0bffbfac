/** How the load generator speaks each protocol. */
import type { Device } from '../devices.js';
import { AmqpConnection } from './amqp-connection.js';
import { EventRequest } from './event-request.js';
import { HttpsConnection } from './https-connection.js';
import type { Endpoint, LoadConnection, Protocol } from './load-connection.js';
import type { MessageTemplate, MessageTemplateOptions } from './message-template.js';
import { MqttConnection } from './mqtt-connection.js';
import { PublishTemplate } from './publish-template.js';
import { TransferTemplate } from './transfer-template.js';

interface LoadProtocol {
  /** Resolves once messages may be sent. @throws Error when the device is not let in */
  open(endpoint: Endpoint, device: Device, onLost: (error: Error) => void): Promise<LoadConnection>;
  templateOf(options: MessageTemplateOptions): MessageTemplate;
}

const mqtt: LoadProtocol = {
  open: (...parts) => MqttConnection.open(...parts),
  templateOf: (options) => new PublishTemplate(options),
};

export const loadProtocols: Readonly<Record<Protocol, LoadProtocol>> = {
  mqtt,
  'mqtt-ws': mqtt,
  amqp: {
    open: (...parts) => AmqpConnection.open(...parts),
    templateOf: (options) => new TransferTemplate(options),
  },
  https: {
    open: (...parts) => HttpsConnection.open(...parts),
    templateOf: (options) => EventRequest.ofOne(options),
  },
};
