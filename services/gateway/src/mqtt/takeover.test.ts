import { describe, expect, test } from '@jest/globals';
import { connectPacket, publishPacket, willOf } from './client.fake.js';
import { FakeGateway, turns } from './gateway.fake.js';

const events = 'devices/d1/messages/events/';
const accepted = '20020000';

describe('takeover', () => {
  test('device-mqtt 13: the newcomer hears that it is connected once the first is gone', async () => {
    const gateway = new FakeGateway();
    gateway.log.isHeld = true;
    const first = await gateway.connect({ will: willOf(events, 'gone') });
    first.client.send(publishPacket(events, 'last', { qos: 1, messageId: 1 }));
    await turns();
    const second = gateway.open();
    second.client.send(connectPacket());
    await first.client.closed;
    await turns();
    expect(second.client.hex).toBe('');
    gateway.log.settle();
    await second.client.receive(1);
    expect(second.client.hex).toBe('20020100');
    expect(gateway.log.bodies).toEqual(['last', 'gone']);
    expect(first.client.hex).toBe(accepted);
    expect(gateway.events).toEqual([
      'deviceConnected connect',
      'deviceDisconnected takeover',
      'deviceConnected connect',
    ]);
    expect(gateway.table.size).toBe(1);
  });

  test('device-mqtt 14: one that is refused leaves the first untouched', async () => {
    const gateway = new FakeGateway();
    const first = await gateway.connect();
    await gateway.answerTo(connectPacket({ password: Buffer.from('bad') }));
    first.client.send({ cmd: 'pingreq' });
    await first.client.receive(2);
  });

  test('device-mqtt 15: a module does not end its device, nor another module', async () => {
    const gateway = new FakeGateway();
    const device = await gateway.connect();
    const [one, other, again] = [
      await gateway.connect({ clientId: 'd1/m1' }),
      await gateway.connect({ clientId: 'd1/m2' }),
      await gateway.connect({ clientId: 'd1/m1' }),
    ];
    await one.client.closed;
    const open = [device, other, again].map(({ connection }) => connection.isEnded);
    expect(open).toEqual([false, false, false]);
  });

  test('many at once leave exactly one', async () => {
    const gateway = new FakeGateway();
    const opened = Array.from({ length: 20 }, () => gateway.open());
    for (const { client } of opened) {
      client.send(connectPacket());
    }
    await turns(100);
    const left = opened.filter(({ connection }) => !connection.isEnded);
    expect(left).toHaveLength(1);
    expect(gateway.table.size).toBe(1);
    expect(gateway.ended).toBe(19);
    expect(gateway.events.filter((event) => event === 'deviceConnected connect')).toHaveLength(20);
    expect(gateway.events.filter((event) => event.startsWith('deviceDis'))).toHaveLength(19);
  });
});
