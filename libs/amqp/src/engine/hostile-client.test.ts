import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { AmqpValue } from '../codec/amqp-value.js';
import { FrameOutput } from '../frames/frame-output.js';
import { protocolHeaders } from '../frames/protocol-header.js';
import { encodeAttach } from '../performatives/attach.js';
import { encodeBegin } from '../performatives/begin.js';
import { encodeDetach } from '../performatives/detach.js';
import { encodeSettlement } from '../performatives/disposition.js';
import { encodeClose, encodeEnd } from '../performatives/ending.js';
import { encodeFlow } from '../performatives/flow.js';
import { encodeOpen } from '../performatives/open.js';
import { accepted } from '../performatives/outcomes.js';
import { attach, begin, error, flow, open, transfer } from '../performatives/performatives.fake.js';
import { encodeTransfer } from '../performatives/transfer.js';
import { FrameClient } from './frame-client.fake.js';
import { message, startReceiver } from './outgoing-link.fake.js';

const limits = {
  waitingBytesMax: 100_000,
  endpointBytesMax: 50_000,
  maxMessageSize: 50_000,
  incomingWindow: 100,
};

/** Everything that a client may say, in an order that is allowed. */
function conversation(): Buffer {
  const output = new FrameOutput();
  output.writeHeader(protocolHeaders.amqp);
  output.writeFrame(0, encodeOpen, open);
  output.writeFrame(0, encodeBegin, { ...begin, remoteChannel: null });
  output.writeFrame(0, encodeAttach, { ...attach, role: 'sender' });
  output.writeFrame(0, encodeAttach, { ...attach, handle: 1 });
  output.writeFrame(0, encodeFlow, { ...flow, handle: 1 });
  for (let deliveryId = 0; deliveryId < 5; deliveryId++) {
    const more = deliveryId % 2 === 0;
    output.writeFrame(0, encodeTransfer, { ...transfer, handle: 0, deliveryId, more }, payload);
  }
  const settlement = { role: 'receiver', first: 0, last: 3, outcome: accepted } as const;
  output.writeFrame(0, encodeSettlement, settlement);
  output.writeFrame(0, encodeDetach, { handle: 0, closed: true, error });
  output.writeFrame(0, encodeEnd, null);
  output.writeFrame(0, encodeClose, error);
  return Buffer.concat(output.take());
}

const payload = Buffer.alloc(1_000, 'p');

test('the conversation itself is understood', () => {
  const client = new FrameClient({ settings: limits }).header(conversation());
  expect(client.names).toEqual([
    'open',
    'begin',
    'attach',
    'attach',
    'disposition',
    'disposition',
    'flow',
    'detach',
    'end',
    'close',
  ]);
});

test('whatever becomes of its bytes, nothing is thrown, and memory keeps its bounds', () => {
  const bytes = conversation();
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 10, max: 700 }),
      (changes, chunkBytes) => {
        const mutated = Buffer.from(bytes);
        for (const [place, byte] of changes) {
          mutated[place] = byte;
        }
        const client = new FrameClient({ settings: limits });
        let keptBytesMax = 0;
        for (let start = 0; start < mutated.length; start += chunkBytes) {
          client.header(mutated.subarray(start, start + chunkBytes));
          keptBytesMax = Math.max(keptBytesMax, client.server.connection.keptBytes);
        }
        expect(keptBytesMax).toBeLessThanOrEqual(65_536 + 100_000 + 50_000);
        expect(client.server.connection.outputBytes).toBe(0);
        client.server.connection.transportClosed();
        expect(client.server.closed.length).toBe(1);
        expect(client.server.connection.keptBytes).toBe(0);
      },
    ),
    { numRuns: 500, seed: 6 },
  );
});

test('frames that are left out, doubled or in another order do no harm either', () => {
  const bytes = conversation();
  const frames: Buffer[] = [];
  for (let start = 8; start < bytes.length; start += bytes.readUInt32BE(start)) {
    frames.push(bytes.subarray(start, start + bytes.readUInt32BE(start)));
  }
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...frames), { maxLength: 40 }),
      fc.boolean(),
      (chosen, isOpen) => {
        const client = isOpen ? FrameClient.open({ settings: limits }) : new FrameClient().header();
        client.header(Buffer.concat(chosen));
        client.server.connection.transportClosed();
        expect(client.server.closed.length).toBe(1);
        expect(client.server.connection.keptBytes).toBe(0);
      },
    ),
    { numRuns: 500, seed: 6 },
  );
});

test('whatever a flow counts, it is answered', () => {
  const uint32 = fc.oneof(
    fc.constantFrom(0, 1, 0xffffffff),
    fc.integer({ min: 0, max: 0xffffffff }),
  );
  const counts = fc.record({
    nextIncomingId: uint32,
    incomingWindow: uint32,
    nextOutgoingId: uint32,
    outgoingWindow: uint32,
    deliveryCount: uint32,
    linkCredit: uint32,
    available: uint32,
    drain: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(counts, { minLength: 1, maxLength: 5 }), (flows) => {
      const { client, link } = startReceiver();
      for (const flowCounts of flows) {
        link.send(message('a'));
        client.flow({ ...flowCounts, handle: 0, echo: true });
        link.finishDrain();
        client.server.connection.flush();
        expect(client.names).toContain('flow');
      }
      expect(client.server.closed).toEqual([]);
    }),
    { numRuns: 500, seed: 6 },
  );
});

test('what sessions and links are begun with is kept memory, until they end', () => {
  const client = FrameClient.open({ settings: { endpointBytesFree: 2_000 } });
  const { connection } = client.server;
  expect(connection.keptBytes).toBe(48);
  const value: AmqpValue[] = Array.from({ length: 1_000 }, () => ({ type: 'list', value: [] }));
  const properties = new Map([['lists', { type: 'list', value } as const]]);
  client.attach({ role: 'sender', properties });
  expect(connection.keptBytes).toBeGreaterThan(1_000 * 64);
  client.send(encodeDetach, { handle: 0, closed: true, error: null });
  expect(connection.keptBytes).toBe(48);
  client.attach({ role: 'sender' }).send(encodeClose, null);
  expect(connection.keptBytes).toBe(0);
});
