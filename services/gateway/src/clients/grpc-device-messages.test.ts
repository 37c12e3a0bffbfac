import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import {
  DeviceMessagesService,
  MessageContent,
  SettlementOutcome,
  type LockedMessage,
  type LockMessagesRequest,
  type ReleaseMessagesRequest,
} from '@linchpin/contracts';
import { eventually } from '@linchpin/testing';
import { RpcServer } from '@linchpin/testing/grpc';
import { HubError } from '@linchpin/wire';
import { fakeGrant } from '../domain/authenticator.fake.js';
import { GrpcDeviceMessages } from './grpc-device-messages.js';

/** Of one hub's calls. */
const atOnceMax = 64;
const lockToken = Buffer.from('0123456789abcdef');
const expiryTime = new Date('2026-01-01T00:00:00Z');
const receiver = {
  session: {
    identity: { deviceId: 'd1' },
    grant: fakeGrant,
    connectionId: 'c1',
    modelId: undefined,
  },
  connection: { sequence: '00A', keepsMessages: true },
};
const recipient = {
  hub: 'h',
  hubGeneration: '7',
  deviceId: 'd1',
  moduleId: undefined,
  generationId: fakeGrant.generationId,
};

let server: RpcServer;
let messages: GrpcDeviceMessages;
let requests: unknown[];
let locked: LockedMessage[];
/** What answers to locks wait for. */
let gate: Promise<void>;

beforeAll(async () => {
  const note = (answer: () => object) => (request: never) => {
    requests.push(request);
    return answer();
  };
  server = await RpcServer.start([
    [
      DeviceMessagesService,
      {
        lockMessages: async (request: LockMessagesRequest) => {
          requests.push(request);
          await gate;
          return { messages: locked, moreWait: true };
        },
        settleMessages: note(() => ({ settled: [true, false, true] })),
        releaseMessages: note(() => {
          throw new HubError('ServiceUnavailable', 'away');
        }),
      },
    ],
  ]);
  messages = new GrpcDeviceMessages({ address: server.address, tls: undefined });
});

beforeEach(() => {
  requests = [];
  gate = Promise.resolve();
});

afterAll(() => {
  messages.close();
  server.stop();
});

const noContent = MessageContent.decode(Buffer.alloc(0));

function lockedMessage(content: Partial<MessageContent>): LockedMessage {
  const encoded = MessageContent.encode({ ...noContent, ...content }).finish();
  const unread = { sequenceNumber: 5n, enqueuedTime: new Date(), deliveryCount: 0 };
  return { lockToken, expiryTime, content: Buffer.from(encoded), ...unread };
}

test('locks for the connection, and reads what is locked', async () => {
  locked = [
    lockedMessage({
      messageId: 'm',
      correlationId: 'c',
      userId: 'u',
      contentType: 't',
      contentEncoding: 'e',
      creationTime: expiryTime,
      expiryTime,
      ack: 'full',
      properties: [{ name: 'a', value: 'b' }, { name: 'gone' }, { name: 'empty', value: '' }],
      body: Buffer.from([0, 255]),
    }),
    lockedMessage({}),
  ];
  const held = [Buffer.alloc(16, 8)];
  const subscribedMs = performance.now();
  const answer = await messages.lock(receiver, { limit: 16, held, subscribedMs });
  expect(requests).toEqual([
    {
      recipient,
      connection: { sequence: '00A', callNumber: expect.any(BigInt), heldLockTokens: held },
      limit: 16,
      lockSeconds: 60,
      subscriptionAgeMs: expect.any(Number),
    },
  ]);
  expect(answer.moreWait).toBe(true);
  expect(answer.messages).toMatchObject([
    {
      lockToken,
      expiresAt: expiryTime,
      body: Buffer.from([0, 255]),
      properties: {
        messageId: 'm',
        correlationId: 'c',
        userId: 'u',
        contentType: 't',
        contentEncoding: 'e',
        creationTime: expiryTime,
        expiryTime,
        ack: 'full',
        properties: [
          ['a', 'b'],
          ['gone', null],
          ['empty', ''],
        ],
      },
    },
    { body: Buffer.alloc(0), properties: { messageId: undefined, properties: [] } },
  ]);
});

test('settles by outcome, and hears which count', async () => {
  const outcomes = ['complete', 'reject', 'abandon'] as const;
  const settlements = outcomes.map((outcome) => ({ lockToken, outcome }));
  expect(await messages.settle(receiver, settlements)).toEqual([true, false, true]);
  const { COMPLETE, REJECT, ABANDON } = SettlementOutcome;
  expect(requests).toEqual([
    {
      recipient,
      settlements: [COMPLETE, REJECT, ABANDON].map((outcome) => ({ lockToken, outcome })),
      keepsMessages: true,
    },
  ]);
});

test('gives back what the connection has, and tells when there is no answer', async () => {
  const released = messages.release(receiver, {
    counted: [lockToken],
    kept: [Buffer.alloc(16, 7)],
  });
  await expect(released).rejects.toMatchObject({ code: 'ServiceUnavailable' });
  const keptLockTokens = [Buffer.alloc(16, 7)];
  const callNumber = expect.any(BigInt);
  expect(requests).toEqual([
    {
      recipient,
      connectionSequence: '00A',
      callNumber,
      countedLockTokens: [lockToken],
      keptLockTokens,
    },
  ]);
});

test('tells of a subscription as old as it is when the call goes, and of four seconds more', async () => {
  let open: () => void = () => undefined;
  gate = new Promise((resolve) => {
    open = resolve;
  });
  locked = [];
  const wish = { limit: 1, held: [] };
  const others = Array.from({ length: atOnceMax }, () =>
    messages.lock(receiver, { ...wish, subscribedMs: undefined }),
  );
  await eventually(() => requests.length === atOnceMax);
  const subscribedMs = performance.now();
  const last = messages.lock(receiver, { ...wish, subscribedMs });
  await eventually(() => performance.now() - subscribedMs >= 50);
  open();
  await Promise.all([...others, last]);

  const { subscriptionAgeMs } = requests.at(-1) as LockMessagesRequest;
  expect(subscriptionAgeMs).toBeGreaterThanOrEqual(4_050);
  expect(subscriptionAgeMs).toBeLessThan(7_000);
});

test('tells of no subscription that is older than any message', async () => {
  locked = [];
  const subscribedMs = performance.now() - 3 * 86_400_000;
  await messages.lock(receiver, { limit: 1, held: [], subscribedMs });
  expect(requests).toMatchObject([{ subscriptionAgeMs: 2 * 86_400_000 }]);
});

test('numbers calls that lock or release, each above those before', async () => {
  locked = [];
  const wish = { limit: 1, held: [], subscribedMs: undefined };
  await messages.lock(receiver, wish);
  await expect(messages.release(receiver, { counted: [], kept: [] })).rejects.toThrow();
  await messages.lock(receiver, wish);
  const [first, second, third] = requests.map(numberOf);

  expect(second).toBe(first! + 1n);
  expect(third).toBe(first! + 2n);
});

function numberOf(request: unknown): bigint {
  const { connection, callNumber } = request as ReleaseMessagesRequest & LockMessagesRequest;
  return connection?.callNumber ?? callNumber;
}

test('a receiver without a connection locks for as long as it says, and settles', async () => {
  const alone = { session: receiver.session, connection: undefined };
  await messages.lock(alone, { limit: 1, held: [], subscribedMs: undefined, lockSeconds: 5 });
  await messages.settle(alone, [{ lockToken, outcome: 'complete' }]);

  expect(requests).toEqual([
    { recipient, connection: undefined, limit: 1, lockSeconds: 5, subscriptionAgeMs: undefined },
    {
      recipient,
      settlements: [{ lockToken, outcome: SettlementOutcome.COMPLETE }],
      keepsMessages: false,
    },
  ]);
});
