import { beforeEach, describe, expect, test } from '@jest/globals';
import { createLogger } from '@linchpin/platform/logging';
import { createMetrics, type Registry } from '@linchpin/platform/metrics';
import { HubError } from '@linchpin/wire';
import { fakeGrant } from './domain/authenticator.fake.js';
import { GatewayEvents } from './events.js';
import { ProtocolViolation } from './mqtt/protocol-violation.js';

let lines: Record<string, unknown>[];
let metrics: Registry;
let events: GatewayEvents;
let nowMs: number;

beforeEach(() => {
  lines = [];
  nowMs = 1_000;
  metrics = createMetrics('gateway');
  const destination = { write: (line: string): unknown => lines.push(JSON.parse(line) as never) };
  events = new GatewayEvents(
    createLogger({ service: 'gateway', level: 'info', destination }),
    metrics,
    () => nowMs,
  );
});

function connect(hub = 'h') {
  const session = {
    identity: { deviceId: 'd1', moduleId: 'm1' },
    grant: { ...fakeGrant, hub },
    connectionId: 'c1',
    modelId: undefined,
  };
  return events.connected({ session, remoteAddress: '192.0.2.1', protocol: 'mqtt', tookMs: 12 });
}

async function valueOf(metric: string, label: string): Promise<number | undefined> {
  const text = await metrics.metrics();
  const line = text.split('\n').find((each) => each.startsWith(`${metric}{${label}`));
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ') + 1));
}

test('figures of a hub are those of its open and its past connections', async () => {
  const [one, two] = [connect(), connect()];
  connect('other');
  Object.assign(one, { messages: 3, bytes: 300 });
  Object.assign(two, { messages: 2, bytes: 20 });
  const figures = async () => [
    await valueOf('linchpin_gateway_connections', 'hub="h"'),
    await valueOf('iothub_telemetry_ingress_total', 'hub="h"'),
    await valueOf('iothub_device_data_bytes_total', 'hub="h"'),
  ];
  expect(await figures()).toEqual([2, 5, 320]);
  events.ended(one, 'connection-lost', undefined);
  expect(await figures()).toEqual([1, 5, 320]);
  events.ended(two, 'connection-lost', undefined);
  expect(await figures()).toEqual([0, 5, 320]);
});

test('settled messages are counted by outcome, for their connection too, until the hub is deleted', async () => {
  const one = connect();
  const lockToken = Buffer.alloc(16);
  const settlements = (['complete', 'complete', 'reject', 'complete'] as const).map((outcome) => ({
    lockToken,
    outcome,
  }));
  events.messagesSettled(one, settlements, [true, true, true, false]);
  const figures = async () => [
    await valueOf('iothub_c2d_settlements_total', 'hub="h",outcome="complete"'),
    await valueOf('iothub_c2d_settlements_total', 'hub="h",outcome="reject"'),
  ];
  expect(await figures()).toEqual([2, 1]);
  expect(one.messagesSettled).toBe(3);
  events.hubDeleted('h');
  expect(await figures()).toEqual([undefined, undefined]);
});

test('a deleted hub is told of no more', async () => {
  const one = connect('gone');
  connect();
  const namesHub = async () => (await metrics.metrics()).includes('hub="gone"');
  expect(await namesHub()).toBe(true);
  events.ended(one, 'revoked', undefined);
  events.hubDeleted('gone');
  expect(await namesHub()).toBe(false);
  expect(await valueOf('linchpin_gateway_connections', 'hub="h"')).toBe(1);
});

describe('a line', () => {
  test('says who ended, and why', () => {
    const cause = new Error('no such topic');
    events.ended(connect(), 'store-failed', new HubError('ServiceUnavailable', 'lost', { cause }));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      level: 'info',
      msg: 'connection ended',
      hub: 'h',
      deviceId: 'd1',
      moduleId: 'm1',
      connectionId: 'c1',
      cause: 'store-failed',
      errorCode: 'ServiceUnavailable',
      reason: 'lost',
      reasonCause: 'no such topic',
    });
  });

  test('says who was refused, as far as it was said', async () => {
    const claim = {
      host: 'h.example.net',
      identity: { deviceId: 'd1' },
      credential: { kind: 'sas', token: 'the secret token' },
      modelId: undefined,
      cleanSession: false,
    } as const;
    const refusal = { connectionId: 'c1', remoteAddress: '192.0.2.1', protocol: 'mqtt' } as const;
    events.connectRefused({ ...refusal, claim, error: new HubError('DeviceNotFound', 'unknown') });
    const violation = new ProtocolViolation('not CONNECT');
    events.connectRefused({ ...refusal, claim: undefined, error: violation });
    expect(lines).toMatchObject([
      { level: 'info', deviceId: 'd1', hostName: 'h.example.net', errorCode: 'DeviceNotFound' },
      { level: 'info', errorCode: 'ProtocolViolation', reason: 'not CONNECT' },
    ]);
    expect(JSON.stringify(lines)).not.toContain('secret');
    const refused = 'linchpin_gateway_connects_refused_total';
    expect(await valueOf(refused, 'reason="DeviceNotFound"')).toBe(1);
  });

  test('of a fault of our own has its stack', () => {
    events.ended(connect(), 'store-failed', new TypeError('undefined is not a function'));
    expect(lines[0]).toMatchObject({ level: 'error', err: { type: 'TypeError' } });
  });

  test("of feedback's trouble, messages that flow do not end it", () => {
    events.feedbackWaits(new Error('away'));
    events.messagesFlow();
    events.feedbackFlows();

    expect(lines).toMatchObject([
      { level: 'warn', msg: 'cloud-to-device does not answer for feedback; it is asked again' },
      { level: 'info', msg: 'cloud-to-device answers for feedback again' },
    ]);
  });

  test('of file notifications names who keeps them', () => {
    events.fileNotificationsWait(new Error('away'));
    events.feedbackFlows();
    events.fileNotificationsFlow();

    expect(lines).toMatchObject([
      {
        level: 'warn',
        msg: 'file-upload does not answer for file notifications; it is asked again',
      },
      { level: 'info', msg: 'file-upload answers for file notifications again' },
    ]);
  });

  test('of a trouble that stands is written now and then', () => {
    const standForSeconds = (seconds: number): void => {
      for (const end = nowMs + seconds * 1_000; nowMs < end; nowMs += 10) {
        events.presenceWaits(new Error('away'));
        events.retrying({ topic: 't', partition: 0, error: new Error('away'), sinceMs: 0 });
      }
    };
    standForSeconds(4);
    expect(lines.map(({ level }) => level)).toEqual(['warn', 'warn']);
    standForSeconds(8);
    expect(lines).toHaveLength(6);

    const stored = { topic: 't', records: 1, bytes: 1, durationMs: 1 };
    events.stored({ ...stored, partition: 1 });
    expect(lines).toHaveLength(6);
    events.presenceTaken();
    events.stored({ ...stored, partition: 0 });
    expect(lines.slice(6)).toMatchObject([
      { level: 'info', msg: 'Redis takes changes of presence again', stoodForMs: 12_000 },
      { level: 'info', msg: 'Kafka stores again', stoodForMs: 12_000 },
    ]);
  });
});
