import { afterAll } from '@jest/globals';
import type { MqttClient } from './mqtt-client.js';

/** Where a test file puts its clients: behind its last test they are destroyed. */
export function clientsUntilEnd(): MqttClient[] {
  const clients: MqttClient[] = [];
  afterAll(() => {
    for (const client of clients) {
      client.destroy();
    }
  });
  return clients;
}
