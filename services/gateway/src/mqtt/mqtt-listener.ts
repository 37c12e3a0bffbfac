import {
  ConnectionListener,
  type ConnectionListenerOptions,
} from '../sockets/connection-listener.js';
import type { OpenConnection } from '../sockets/listened-connections.js';
import { MqttConnection } from './mqtt-connection.js';
import type { MqttServices } from './mqtt-services.js';

type MqttListenerOptions = Omit<ConnectionListenerOptions, 'variable' | 'open' | 'onTurnedAway'> & {
  readonly services: MqttServices;
};

/** Accepts MQTT over TLS (device-mqtt.md section 1). @throws SettingFault when an address cannot be listened on */
export function startMqttListener({
  services,
  ...options
}: MqttListenerOptions): Promise<ConnectionListener> {
  return ConnectionListener.start({
    ...options,
    variable: 'LINCHPIN_MQTT_LISTEN',
    open: mqttOpener(services),
    onTurnedAway: (remoteAddress, reason, detail) => {
      services.events.turnedAway(remoteAddress, reason, detail);
    },
  });
}

/** Begins to speak MQTT with a client. */
export function mqttOpener(services: MqttServices): OpenConnection {
  return (accepted) => new MqttConnection({ ...accepted, services });
}
