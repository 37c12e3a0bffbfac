import { describe, expect, test } from '@jest/globals';
import { azureLimits, HubError } from '@linchpin/wire';
import fc from 'fast-check';
import { generate, type IConnectPacket } from 'mqtt-packet';
import { connectPacket, willOf } from './client.fake.js';
import { connackFor, readConnect, readWill, UnsupportedProtocol } from './connect.js';
import { PacketStream } from './packet-stream.js';
import { ProtocolViolation } from './protocol-violation.js';

const noCertificates = (): Buffer[] => [];

function read(fields: Partial<IConnectPacket>, certificates = noCertificates) {
  return readBytes(generate(connectPacket(fields)), certificates);
}

function readBytes(bytes: Buffer, certificates = noCertificates) {
  const requests: ReturnType<typeof readConnect>[] = [];
  new PacketStream(300_000, (packet, bodyStart) => {
    requests.push(readConnect(packet, bodyStart, certificates));
  }).push(bytes);
  return requests[0]!;
}

describe('device-mqtt 6: usernames', () => {
  test.each([
    ['h.example.net/d1/?api-version=2021-04-12', 'd1', { deviceId: 'd1' }],
    [
      'h.example.net/d1/m1/?api-version=2021-04-12&DeviceClientType=x',
      'd1/m1',
      { deviceId: 'd1', moduleId: 'm1' },
    ],
    ['h.example.net/d1/api-version=2016-11-14', 'd1', { deviceId: 'd1' }],
    ['h.example.net/d1', 'd1', { deviceId: 'd1' }],
    ['h.example.net/d?1/?api-version=2021-04-12', 'd?1', { deviceId: 'd?1' }],
  ])('%s as %s', (username, clientId, identity) => {
    const { claim } = read({ username, clientId });
    expect(claim).toMatchObject({ host: 'h.example.net', identity, modelId: undefined });
    expect(Object.keys(claim.identity)).toEqual(Object.keys(identity));
  });

  test('the host in any case, and the model raw or encoded', () => {
    for (const model of ['dtmi:a:b;1', 'dtmi%3Aa%3Ab%3B1']) {
      const username = `H.Example.NET/d1/?api-version=x&model-id=${model}&DeviceClientType=y`;
      expect(read({ username }).claim).toMatchObject({
        host: 'h.example.net',
        modelId: 'dtmi:a:b;1',
      });
    }
  });

  test.each([
    ['h.example.net/d1/?api-version=2021-04-12', 'D1'],
    ['h.example.net/d1/m1/?api-version=2021-04-12', 'd1'],
    ['', 'd1'],
    ['h.example.net/d1/', ''],
    ['h.example.net/d+1/', 'd+1'],
  ])('%s as %s is refused', (username, clientId) => {
    expect(() => read({ username, clientId, clean: true })).toThrow(HubError);
  });
});

describe('credentials', () => {
  const chain = [Buffer.from('leaf')];

  test('a password is a token', () => {
    const password = Buffer.from('SharedAccessSignature sr=…');
    expect(read({ password }).claim.credential).toEqual({
      kind: 'sas',
      token: 'SharedAccessSignature sr=…',
    });
  });

  test('a password that is longer than any token is refused here', () => {
    const password = Buffer.alloc(azureLimits.sasTokenLengthMax + 1, 'x');
    expect(() => read({ password })).toThrow('longer than any token');
  });

  test('a password decides, and the certificate is not even looked at', () => {
    const { claim } = read({ password: Buffer.from('token') }, () => {
      throw new Error('looked at');
    });
    expect(claim.credential.kind).toBe('sas');
  });

  test('device-mqtt 8: an empty password is none', () => {
    const { claim } = read({ password: Buffer.alloc(0) }, () => chain);
    expect(claim.credential).toEqual({ kind: 'certificates', chain });
  });

  test('neither is refused', () => {
    expect(() => read({ password: Buffer.alloc(0) })).toThrow(HubError);
  });
});

test('keep-alive, clean session and will are handed on, the will as a copy', () => {
  const bytes = generate(
    connectPacket({ keepalive: 1_740, clean: true, will: willOf('a/b', 'gone', true) }),
  );
  const request = readBytes(bytes);
  bytes.fill(0);
  expect(request.keepAliveSeconds).toBe(1_740);
  expect(request.claim.cleanSession).toBe(true);
  expect(request.will).toEqual({ topic: 'a/b', payload: Buffer.from('gone'), retain: true });
});

describe('protocols', () => {
  const withName = (name: string, level: number): Buffer => {
    const body = Buffer.concat([
      Buffer.from([0, name.length]),
      Buffer.from(name),
      Buffer.from([level, 0x02, 0, 60, 0, 1, 0x61]),
    ]);
    return Buffer.concat([Buffer.from([0x10, body.length]), body]);
  };

  test.each([
    ['MQIsdp', 3, '20020001'],
    ['MQIsdp', 4, '20020001'],
    ['MQTT', 3, '20020001'],
    ['MQTT', 6, '20020001'],
    ['MQTT', 0x84, '20020001'],
    ['MQTT', 5, '2003008400'],
  ])('%s level %i is told so: %s', (name, level, answer) => {
    const error = caught(() => readBytes(withName(name, level)));
    expect(error).toBeInstanceOf(UnsupportedProtocol);
    expect((error as UnsupportedProtocol).answer.toString('hex')).toBe(answer);
  });

  test.each(['mqtt', 'HTTP', '', 'MQTTMQTTMQTT'])('%j is no MQTT', (name) => {
    expect(() => readBytes(withName(name, 4))).toThrow(ProtocolViolation);
  });
});

test('hostile packets are refused or read, and nothing else', () => {
  const good = generate(connectPacket({ will: willOf('a/b', 'gone') }));
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 });
  fc.assert(
    fc.property(changes, fc.nat(good.length - 3), (spoils, cutOff) => {
      const bytes = Buffer.from(good.subarray(0, good.length - cutOff));
      for (const [place, value] of spoils) {
        bytes[2 + (place % (bytes.length - 2))] = value;
      }
      bytes[1] = bytes.length - 2;
      const error = caught(() => readBytes(bytes));
      const kinds = [ProtocolViolation, UnsupportedProtocol, HubError];
      expect(error === undefined || kinds.some((kind) => error instanceof kind)).toBe(true);
    }),
    { numRuns: 5_000 },
  );
});

describe('wills', () => {
  const device = { deviceId: 'd1' };
  const module = { deviceId: 'd1', moduleId: 'm1' };
  const will = (topic: string, retain = false) => ({
    topic,
    payload: Buffer.from('gone'),
    retain,
  });

  test('a telemetry topic of its own, with its mark', () => {
    const { body, message } = readWill(will('devices/d1/messages/events/a=1&%24.ct=x'), device);
    expect(body.toString()).toBe('gone');
    expect(message.properties).toEqual([
      ['a', '1'],
      ['content-type', 'x'],
      ['iothub-MessageType', 'Will'],
    ]);
  });

  test('a device cannot say another mark, and RETAIN is told', () => {
    const topic = 'devices/d1/modules/m1/messages/events/iothub-MessageType=Fake&mqtt-retain=no';
    expect(readWill(will(topic, true), module).message.properties).toEqual([
      ['mqtt-retain', 'true'],
      ['iothub-MessageType', 'Will'],
    ]);
  });

  test.each([
    'devices/d2/messages/events/',
    'devices/d1/modules/m1/messages/events/',
    '$iothub/twin/GET/?$rid=1',
    'devices/d1/messages/events/a=+',
    'anything',
    '',
  ])('%j is refused', (topic) => {
    expect(() => readWill(will(topic), device)).toThrow(HubError);
  });
});

describe('device-mqtt 7: answers', () => {
  test.each([
    ['IotHubUnauthorized', 5],
    ['DeviceNotFound', 5],
    ['ArgumentInvalid', 5],
    ['ThrottlingException', 5],
    ['ServiceUnavailable', 3],
    ['GenericTimeout', 3],
    ['ServerError', 3],
  ] as const)('%s is told as %i', (code, answer) => {
    expect(connackFor(new HubError(code, 'x'))[3]).toBe(answer);
  });

  test('a fault of our own is told as 3', () => {
    expect(connackFor(new TypeError('x'))[3]).toBe(3);
  });
});

function caught(action: () => unknown): unknown {
  try {
    action();
    return undefined;
  } catch (error) {
    return error;
  }
}
