import { expect, test } from '@jest/globals';
import { parser, type IPublishPacket, type Packet } from 'mqtt-packet';
import { PublishTemplate } from './publish-template.js';

const device = { id: 'd1', token: 't' };
const payload = Buffer.alloc(200, 'x');

function templateOf(hasProperties: boolean): PublishTemplate {
  return new PublishTemplate({ device, host: 'hub', payload, hasProperties });
}

function decode(bytes: Buffer): IPublishPacket[] {
  const packets: Packet[] = [];
  const decoder = parser({ protocolVersion: 4 });
  decoder.on('packet', (packet: Packet) => packets.push(packet));
  decoder.parse(bytes);
  return packets as IPublishPacket[];
}

test('packets of QoS 1, each with its id', () => {
  const packets = decode(templateOf(false).messages([1, 65_535]));

  expect(packets.map(({ messageId }) => messageId)).toEqual([1, 65_535]);
  for (const { topic, qos, payload: sent } of packets) {
    expect({ topic, qos, sent }).toEqual({
      topic: 'devices/d1/messages/events/',
      qos: 1,
      sent: payload,
    });
  }
});

test('with properties no two topics are alike', () => {
  const packets = decode(templateOf(true).messages([1, 2, 3]));

  const ids = packets.map(({ topic }) => /%24\.mid=([0-9a-f-]{36})&/.exec(topic)?.[1]);
  expect(new Set(ids).size).toBe(3);
  expect(ids).not.toContain(undefined);
});
