import { expect } from '@jest/globals';
import { AmqpSocket, encodeMessage } from '../amqp/amqp-socket.js';
import { createDevice, tokenOf, type TestIdentity } from '../registry.js';

/** The handle of its telemetry. */
const events = 0;

/** A device that means no harm, and is to be served whatever others do. */
export class AmqpBystander {
  private constructor(
    readonly client: AmqpSocket,
    readonly identity: TestIdentity,
  ) {}

  /** Connected, and with a link for its telemetry on the first session. */
  static async connect(): Promise<AmqpBystander> {
    const identity = await createDevice();
    const client = await AmqpSocket.open();
    await client.openCbs();
    expect(await client.putToken(tokenOf(identity))).toBe(200);
    client.attachSender(`/devices/${identity.deviceId}/messages/events`, events);
    await client.expect('flow', ({ fields }) => fields['handle'] === events);
    return new AmqpBystander(client, identity);
  }

  /** A message of it is stored and accepted. */
  async expectServed(): Promise<void> {
    const id = this.client.transfer(events, encodeMessage(100));
    const { fields } = await this.client.expect('disposition', ({ fields: { first, last } }) => {
      const end = last ?? first;
      return Number(first) <= id && id <= Number(end);
    });
    expect(String((fields['state'] as { descriptor: { value: number } }).descriptor.value)).toBe(
      String(0x24),
    );
  }
}
