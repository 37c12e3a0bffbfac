/** What hostile clients send, as arbitraries of fast-check: random, mutated, and crafted to get far. */
import fc from 'fast-check';
import { generate, type Packet } from 'mqtt-packet';
import { eventsTopic } from '../device-client.js';
import { connectFields, type TestIdentity } from '../registry.js';
import { bytesOf, mutated, nastyText, randomBytes } from './hostile-bytes.js';
import { field, rawPacket, uint16 } from './raw-packet.js';

export interface HostileCase {
  /** For the counts in the output. */
  readonly kind: string;
  readonly bytes: Buffer;
  /** Where the bytes are cut into writes, each as a share of the whole. */
  readonly cuts: readonly number[];
}

/** Whom the sender is, and whose topics it may never reach. */
interface Sides {
  readonly attacker: TestIdentity;
  readonly victimId: string;
}

/** As the first thing on a connection. */
export function firstPackets({ attacker }: Sides): fc.Arbitrary<HostileCase> {
  const connect = connectPacket(attacker);
  return cutUp([
    ['random', randomBytes],
    ['mutated CONNECT', mutated(fc.constant(connect))],
    ['crafted CONNECT', craftedConnect(attacker)],
    ['other packet first', fc.oneof(publishes(eventsTopic(attacker)), otherPackets)],
    ['hostile length', hostileLengths],
  ]);
}

/** Behind an accepted CONNECT. */
export function laterPackets({ attacker, victimId }: Sides): fc.Arbitrary<HostileCase> {
  const own = eventsTopic(attacker);
  const legal = fc.oneof(
    publishes(own),
    fc.constant(generate(subscribePacket(attacker.deviceId))),
    fc.constant(generate({ cmd: 'unsubscribe', messageId: 7, unsubscriptions: ['a', 'b'] })),
    fc.constant(generate({ cmd: 'puback', messageId: 9 })),
  );
  return cutUp([
    ['random', randomBytes],
    ['mutated packet', mutated(legal)],
    ['crafted PUBLISH', craftedPublish(topics(attacker.deviceId, victimId))],
    ['crafted SUBSCRIBE', craftedSubscribe(topics(attacker.deviceId, victimId))],
    ['second CONNECT', mutated(fc.constant(connectPacket(attacker)))],
    ['server-only or unknown packet', otherPackets],
    ['hostile length', hostileLengths],
  ]);
}

export function connectPacket(identity: TestIdentity): Buffer {
  return generate({
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: 4,
    clean: true,
    keepalive: 60,
    will: { topic: eventsTopic(identity), payload: Buffer.from('will'), qos: 1, retain: false },
    ...connectFields(identity),
  });
}

function subscribePacket(deviceId: string): Packet {
  const subscriptions = [
    { topic: `devices/${deviceId}/messages/devicebound/#`, qos: 1 as const },
    { topic: '$iothub/twin/res/#', qos: 0 as const },
  ];
  return { cmd: 'subscribe', messageId: 3, subscriptions };
}

function cutUp(
  kinds: readonly (readonly [kind: string, bytes: fc.Arbitrary<Buffer>])[],
): fc.Arbitrary<HostileCase> {
  const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 5 });
  return fc.oneof(
    ...kinds.map(([kind, bytes]) => fc.record({ kind: fc.constant(kind), bytes, cuts })),
  );
}

/** The parts are right or nasty, each by chance; the password is never right. */
function craftedConnect(identity: TestIdentity): fc.Arbitrary<Buffer> {
  const right = connectFields(identity);
  const rightOr = (text: string): fc.Arbitrary<Buffer> =>
    fc.oneof({ weight: 4, arbitrary: fc.constant(Buffer.from(text)) }, nastyText);
  const host = (right.username ?? '').split('/')[0] ?? '';
  const usernames = fc.oneof(
    rightOr(right.username ?? ''),
    nastyText.map((nasty) =>
      Buffer.concat([nasty, Buffer.from(`/${identity.deviceId}/?api-version=x`)]),
    ),
    nastyText.map((nasty) => Buffer.concat([Buffer.from(`${host}/`), nasty])),
    nastyText.map((nasty) => Buffer.concat([Buffer.from(`${right.username}&model-id=`), nasty])),
  );
  const passwords = fc.oneof(
    nastyText,
    nastyText.map((nasty) => Buffer.concat([Buffer.from('SharedAccessSignature sr='), nasty])),
    fc
      .constantFrom(
        'sr=a&sig=b&se=1',
        `sig=${'A'.repeat(43)}%3D&se=99999999999&sr=${host}&skn=iothubowner`,
      )
      .map((fields) => Buffer.from(`SharedAccessSignature ${fields}`)),
    fc.constant(Buffer.alloc(65_535, 0x41)),
  );
  const head = fc.tuple(
    fc.constantFrom('MQTT', 'MQTT', 'MQTT', 'MQTT', 'MQTT', 'MQTT', 'MQIsdp', 'mqtt', ''),
    fc.constantFrom(4, 4, 4, 4, 4, 4, 4, 3, 5, 0, 0x84),
    fc.constantFrom(0xc2, 0xc2, 0xc2, 0xc0, 0xc0, 0xc6, 0xce, 0xee, 0xc3, 0x02, 0x42, 0xf6),
    fc.nat(65_535),
  );
  return fc
    .tuple(head, rightOr(right.clientId), usernames, passwords)
    .map(([[name, level, flags, keepAlive], clientId, username, password]) =>
      rawPacket(
        0x10,
        Buffer.concat([
          ...[field(name), Buffer.from([level, flags]), uint16(keepAlive), field(clientId)],
          ...((flags & 0x04) === 0 ? [] : [field('devices/x/messages/events/'), field('will')]),
          ...[field(username), field(password)],
        ]),
      ),
    );
}

function publishes(topic: string): fc.Arbitrary<Buffer> {
  return fc
    .tuple(
      fc.constantFrom(0 as const, 1 as const),
      fc.integer({ min: 1, max: 65_535 }),
      bytesOf(0, 300),
    )
    .map(([qos, messageId, payload]) =>
      generate({ cmd: 'publish', topic, payload, qos, messageId, dup: false, retain: false }),
    );
}

/** Topics and filters of everybody, with what must not be in them. */
function topics(deviceId: string, victimId: string): fc.Arbitrary<Buffer> {
  const heads = [
    `devices/${deviceId}/messages/events/`,
    `devices/${victimId}/messages/events/`,
    `devices/${deviceId}/modules/m/messages/events/`,
    `devices/${deviceId}/messages/devicebound/`,
    `devices/${victimId}/messages/devicebound/`,
    'devices/+/messages/devicebound/',
    '$iothub/twin/GET/?$rid=',
    '$iothub/twin/PATCH/properties/reported/?$rid=1&$version=',
    '$iothub/methods/res/200/?$rid=',
    '$iothub/twin/res/',
    '',
  ];
  const tails = fc.oneof(
    nastyText,
    fc
      .constantFrom('', '#', '+', '/', `../${victimId}/messages/events/`, `$.cdid=${victimId}`)
      .map((tail) => Buffer.from(tail)),
    fc
      .constantFrom(
        `iothub-connection-device-id=${victimId}`,
        '=a',
        'a=b=c',
        '&&',
        'a&'.repeat(9_000),
      )
      .map((tail) => Buffer.from(tail)),
  );
  return fc
    .tuple(fc.constantFrom(...heads), tails)
    .map(([head, tail]) => Buffer.concat([Buffer.from(head), tail]));
}

const packetIds = fc.constantFrom(0, 1, 1, 1, 1, 1, 65_535);

function craftedPublish(topic: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  return fc
    .tuple(fc.constantFrom(0, 0, 1, 2, 2, 2, 3, 8, 10, 4, 6, 15), topic, packetIds, bytesOf(0, 100))
    .map(([flags, name, packetId, payload]) => {
      const id = (flags & 0b0110) === 0 ? [] : [uint16(packetId)];
      return rawPacket(0x30 | flags, Buffer.concat([field(name), ...id, payload]));
    });
}

/** SUBSCRIBE and UNSUBSCRIBE, with reserved flags, packet id 0, and QoS beyond 2 now and then. */
function craftedSubscribe(filter: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  const flags = fc.constantFrom(2, 2, 2, 2, 0, 15);
  const filters = fc.array(fc.tuple(filter, fc.constantFrom(0, 1, 2, 3, 0x81)), { maxLength: 8 });
  return fc
    .tuple(fc.constantFrom(0x80, 0xa0), flags, packetIds, filters)
    .map(([type, flag, packetId, wanted]) => {
      const entries = wanted.map(([name, qos]) =>
        type === 0x80 ? Buffer.concat([field(name), Buffer.from([qos])]) : field(name),
      );
      return rawPacket(type | flag, Buffer.concat([uint16(packetId), ...entries]));
    });
}

/** Types that only a server sends, the two that MQTT 3.1.1 does not have, and QoS 2's. */
const otherPackets: fc.Arbitrary<Buffer> = fc
  .tuple(fc.constantFrom(0, 2, 5, 6, 7, 9, 11, 13, 15), fc.nat(15), bytesOf(0, 8))
  .map(([type, flags, body]) => rawPacket((type << 4) | flags, body));

/** Five bytes, the greatest there is, more than the hub reads, and longer than need be. */
const hostileLengths: fc.Arbitrary<Buffer> = fc
  .tuple(
    fc.constantFrom(0x10, 0x30, 0x32, 0x82, 0xa2, 0xc0),
    fc.constantFrom(
      'ffffffff7f',
      'ffffffffff',
      '8080808000',
      'ffffff7f',
      '808080ff',
      '88801401',
      '818000',
    ),
    bytesOf(0, 50),
  )
  .map(([firstByte, length, body]) => rawPacket(firstByte, body, Buffer.from(length, 'hex')));
