import { describe, expect, test } from '@jest/globals';
import { toMessageProperties, type MessageProperties } from '@linchpin/wire';
import { fakeGrant } from './authenticator.fake.js';
import { markRetained, markWill, TelemetrySender } from './send-telemetry.js';
import { FakeTelemetryLog } from './telemetry-log.fake.js';

const session = {
  identity: { deviceId: 'd1' },
  grant: fakeGrant,
  connectionId: 'c1',
  modelId: undefined,
};
const receipt = { settle: () => undefined };

function setUp() {
  const log = new FakeTelemetryLog();
  const counter = { messages: 0, bytes: 0 };
  return { log, counter, sender: new TelemetrySender(log, session, counter) };
}

function propertiesOf(pairs: Record<string, string | null>): MessageProperties {
  return toMessageProperties(new Map(Object.entries(pairs)));
}

describe('device-mqtt 30: 262,144 bytes are allowed', () => {
  // The name of a system property does not count; an application property counts whole.
  test.each([
    ['of the body alone', {}, 262_144],
    ['with a system property', { '$.ct': 'text' }, 262_140],
    ['with an application property', { key: 'text' }, 262_137],
    ['with a null value', { key: null }, 262_141],
    ['in UTF-8', { ä: '€' }, 262_139],
    ['whatever is dropped', { '$.cdid': 'spoof', 'iothub-ack': 'full' }, 262_144],
  ])('%s', (_, pairs, bodyBytes) => {
    const { sender } = setUp();
    const message = propertiesOf(pairs);
    sender.admit(Buffer.alloc(bodyBytes), message);
    expect(() => {
      sender.admit(Buffer.alloc(bodyBytes + 1), message);
    }).toThrow('262144 are allowed');
  });
});

test('while far too much waits nothing is admitted', () => {
  const { sender, log } = setUp();
  log.isOverfull = true;
  expect(() => {
    sender.admit(Buffer.alloc(1), propertiesOf({}));
  }).toThrow('Too much telemetry waits');
});

test('what is sent is stored with its session, and counted', () => {
  const { sender, log, counter } = setUp();
  log.isHeld = true;
  sender.send(Buffer.from('ab'), propertiesOf({ key: 'value' }), receipt);
  log.settle();
  expect(log.stored).toEqual([
    { session, body: Buffer.from('ab'), properties: [['key', 'value']] },
  ]);
  expect(counter).toEqual({ messages: 1, bytes: 10 });
});

describe('marks', () => {
  test('stand last, once, and do not count', () => {
    const message = propertiesOf({ 'mqtt-retain': 'fake', a: '1', 'iothub-MessageType': 'x' });
    const marked = markWill(markRetained(message));
    expect(marked.properties).toEqual([
      ['a', '1'],
      ['mqtt-retain', 'true'],
      ['iothub-MessageType', 'Will'],
    ]);
    expect(marked.countedBytes).toBe(message.countedBytes);
  });
});
