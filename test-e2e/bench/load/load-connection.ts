/** What the load generator has of a device's connection, whatever the protocol. */
import type { SecureContext } from 'node:tls';

/** `mqtt-ws` is MQTT in a WebSocket. */
export type Protocol = 'mqtt' | 'mqtt-ws' | 'amqp' | 'https';

export interface Endpoint {
  readonly protocol: Protocol;
  readonly host: string;
  readonly port: number;
  /** With the authority to trust; one for all connections. */
  readonly secureContext: SecureContext;
}

export interface LoadConnection {
  listen(listener: AcknowledgementListener): void;
  /** @param messages encoded, in one piece */
  send(messages: Buffer): void;
  close(): Promise<void>;
}

/** Of each message whether the server has it: PUBACK, settled as accepted, or answered with 204. */
export interface AcknowledgementListener {
  acknowledged(id: number, nowMs: number): void;
  /** All that came at once was told. */
  turnEnded(): void;
}
