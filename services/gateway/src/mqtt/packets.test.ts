import { describe, expect, test } from '@jest/globals';
import * as packets from './packets.js';

describe('golden bytes', () => {
  test.each([
    ['accepted, new', packets.connack(0), '20020000'],
    ['accepted, resumed', packets.connack(0, true), '20020100'],
    ['refused', packets.connack(5), '20020005'],
    ['refused is never resumed', packets.connack(5, true), '20020005'],
    ['unavailable', packets.connack(3), '20020003'],
    ['another level', packets.connack(1), '20020001'],
    ['MQTT 5', packets.connackUnsupportedMqtt5, '2003008400'],
    ['PINGRESP', packets.pingresp, 'd000'],
    ['SUBACK', packets.suback(0x1234, [0, 1]), '900412340001'],
    ['UNSUBACK', packets.unsuback(0x1234), 'b0021234'],
    ['no PUBACK', packets.pubacks([]), ''],
    ['PUBACKs', packets.pubacks([1, 0xabcd, 0xffff]), '400200014002abcd4002ffff'],
    ['PUBLISH of QoS 0', packets.publish('a/b', 'x'), '30060003612f6278'],
    ['PUBLISH of QoS 1', packets.publish('a/b', 'x', 0x7fff), '32080003612f627fff78'],
  ])('%s', (_, bytes, hex) => {
    expect(bytes.toString('hex')).toBe(hex);
  });
});
