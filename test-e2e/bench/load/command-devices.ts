/** How a device of the load generator takes commands by each protocol that gives it any. */
import type { Device } from '../devices.js';
import { AmqpCommandDevice } from './amqp-command-device.js';
import type { CommandDevice, CommandDeviceListener } from './command-device.js';
import type { Endpoint, Protocol } from './load-connection.js';
import { MqttCommandDevice } from './mqtt-command-device.js';

export type CommandProtocol = Extract<Protocol, 'mqtt' | 'amqp'>;

/** Resolves once the device is given commands. @throws Error when it is not let in */
type OpenCommandDevice = (
  endpoint: Endpoint,
  device: Device,
  listener: CommandDeviceListener,
) => Promise<CommandDevice>;

export const commandDevices: Readonly<Record<CommandProtocol, OpenCommandDevice>> = {
  mqtt: (...parts) => MqttCommandDevice.open(...parts),
  amqp: (...parts) => AmqpCommandDevice.open(...parts),
};
