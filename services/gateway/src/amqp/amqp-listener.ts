import {
  ConnectionListener,
  type ConnectionListenerOptions,
} from '../sockets/connection-listener.js';
import type { OpenConnection } from '../sockets/listened-connections.js';
import type { AmqpServices } from './amqp-services.js';
import { ClientConnection } from './client-connection.js';

type AmqpListenerOptions = Omit<ConnectionListenerOptions, 'variable' | 'open' | 'onTurnedAway'> & {
  readonly services: AmqpServices;
};

/** Accepts AMQP over TLS (amqp.md section 1). @throws SettingFault when an address cannot be listened on */
export function startAmqpListener({
  services,
  ...options
}: AmqpListenerOptions): Promise<ConnectionListener> {
  return ConnectionListener.start({
    ...options,
    variable: 'LINCHPIN_AMQP_LISTEN',
    open: amqpOpener(services),
    onTurnedAway: (remoteAddress, reason, detail) => {
      services.events.turnedAway(remoteAddress, reason, detail);
    },
  });
}

/** Begins to speak AMQP with a client. */
export function amqpOpener(services: AmqpServices): OpenConnection {
  return (accepted) => new ClientConnection({ ...accepted, services });
}
