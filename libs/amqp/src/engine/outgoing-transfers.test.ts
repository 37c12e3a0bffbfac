import { describe, expect, test } from '@jest/globals';
import type { AmqpWriter } from '../codec/amqp-writer.js';
import { descriptors } from '../performatives/descriptors.js';
import { encodeDetach } from '../performatives/detach.js';
import { encodeSettlement } from '../performatives/disposition.js';
import { accepted, released } from '../performatives/outcomes.js';
import { FrameClient } from './frame-client.fake.js';
import {
  message,
  payloads,
  settlement,
  startReceiver,
  startReceivers,
} from './outgoing-link.fake.js';
import type { OutgoingDelivery, Sending } from './outgoing-link.js';
import type { TestServerOptions } from './test-server.fake.js';

/** What a receiver says of a delivery that it does not settle. */
function encodeUnsettled(writer: AmqpWriter, deliveryId: number): void {
  writer.writeDescriptor(descriptors.disposition);
  const list = writer.beginList();
  writer.writeBoolean(true);
  writer.writeUint(deliveryId);
  writer.writeNull();
  writer.writeBoolean(false);
  writer.writeDescriptor(descriptors.accepted);
  writer.endCompound(writer.beginList(), 0);
  writer.endCompound(list, 5);
}

describe('transfers', () => {
  test('have all that the client needs to tell them apart', () => {
    const { client, link } = startReceiver();
    client.flow({ handle: 0, linkCredit: 2 });
    link.send({ tag: Buffer.alloc(16, 1), payload: Buffer.from('a') });
    link.send({ tag: Buffer.alloc(16, 2), payload: Buffer.from('b'), settled: true });
    client.server.connection.flush();
    const common = { handle: 0, messageFormat: 0, more: false, aborted: null };
    expect(client.received('transfer')).toEqual([
      { ...common, deliveryId: 0, deliveryTag: Buffer.alloc(16, 1), settled: null },
      { ...common, deliveryId: 1, deliveryTag: Buffer.alloc(16, 2), settled: true },
    ]);
  });

  test.each([512, 4_096, 65_536])('amqp 12: are no longer than %i bytes', (maxFrameSize) => {
    const client = FrameClient.open({}, { maxFrameSize });
    client.attach({ role: 'receiver' }).flow({ handle: 0, linkCredit: 1 });
    client.frames.length = 0;
    const payload = Buffer.from('0123456789'.repeat(20_480));
    client.server.outgoing[0]!.send({ tag: Buffer.alloc(32), payload });
    client.server.connection.flush();
    const got = client.frames.map((frame) => frame.payload);
    expect(Buffer.concat(got).equals(payload)).toBe(true);
    expect(Math.max(...got.map(({ length }) => length))).toBeLessThanOrEqual(maxFrameSize - 62);
    expect(Math.max(...got.map(({ length }) => length))).toBeGreaterThan(maxFrameSize - 100);
    const mores = client.received('transfer').map((frame) => (frame as { more: boolean }).more);
    expect(mores).toEqual(got.map((_, index) => index < got.length - 1));
  });

  test('wait for the window of the session, also in the middle of a message', () => {
    const client = FrameClient.open({}, { maxFrameSize: 512 }).begin({ incomingWindow: 3 }, 1);
    client.attach({ role: 'receiver' }, 1).attach({ role: 'receiver', name: 'b', handle: 1 }, 1);
    client.flow({ incomingWindow: 3, handle: 0, linkCredit: 1 }, 1);
    client.flow({ incomingWindow: 3, handle: 1, linkCredit: 1 }, 1);
    const [first, second] = client.server.outgoing;
    first!.send({ tag: Buffer.from('a'), payload: Buffer.alloc(2_000, 'a') });
    second!.send(message('b'));
    client.server.connection.flush();
    expect(client.received('transfer').length).toBe(3);
    client.flow({ nextIncomingId: 3, incomingWindow: 3, handle: null }, 1);
    expect(client.received('transfer').length).toBe(5);
    client.flow({ nextIncomingId: 6, incomingWindow: 3 }, 1);
    expect(client.received('transfer').length).toBe(6);
    // The other link has its turn meanwhile.
    expect(payloads(client).map((payload) => payload.slice(0, 3))).toEqual([
      '0 a',
      '0 a',
      '0 a',
      '1 b',
      '0 a',
      '0 a',
    ]);
    expect(payloads(client).join('').replaceAll(/[^a]/g, '').length).toBe(2_000);
  });

  test('of links take turns', () => {
    const { client, links } = startReceivers(['a', 'b']);
    client.flow({ handle: 0, linkCredit: 9 }).flow({ handle: 1, linkCredit: 9 });
    links.forEach((link) => {
      ['1', '2', '3'].forEach((text) => link.send(message(text)));
    });
    client.server.connection.flush();
    expect(payloads(client)).toEqual(['0 1', '1 1', '0 2', '1 2', '0 3', '1 3']);
  });
});

describe('a client that does not read', () => {
  const bytes = 1_000;

  /** One whose session has a window of no frames, and credit. */
  function startShut(options: TestServerOptions = {}) {
    const client = FrameClient.open({ settings: { waitingBytesMax: 10_000 }, ...options });
    client.begin({ incomingWindow: 0 }, 1).attach({ role: 'receiver' }, 1);
    client.flow({ incomingWindow: 0, handle: 0, linkCredit: 2_000 }, 1);
    const [link] = client.server.outgoing;
    client.frames.length = 0;
    return { client, link: link! };
  }

  function large(tag: number): Sending {
    return { tag: Buffer.from([tag]), payload: Buffer.alloc(bytes) };
  }

  test('has no credit while much waits for its window, and again when it is written', () => {
    const credits: number[] = [];
    const { client, link } = startShut({ onCredit: ({ credit }) => credits.push(credit) });
    credits.length = 0;
    const { connection } = client.server;
    const before = connection.keptBytes;
    let sent = 0;
    while (link.credit > 0) {
      link.send(large(sent++));
    }
    connection.flush();
    expect([sent, connection.keptBytes - before]).toEqual([4, 4 * (bytes + 256)]);
    expect([client.names, credits]).toEqual([[], []]);
    client.flow({ incomingWindow: 10 }, 1);
    expect(client.names).toEqual(['transfer', 'transfer', 'transfer', 'transfer']);
    expect([credits, connection.keptBytes - before]).toEqual([[2_000 - 4], 0]);
  });

  test('loses its link when more is sent all the same', () => {
    const { client, link } = startShut();
    for (let tag = 0; tag < 8; tag++) {
      link.send(large(tag));
    }
    client.server.connection.flush();
    expect(client.received('detach')).toMatchObject([
      { error: { condition: 'amqp:resource-limit-exceeded' } },
    ]);
    expect(client.server.connection.waiting.takenBytes).toBe(0);
  });

  test('a payload is let go of when its last frame is written', () => {
    const { client, link } = startShut();
    const delivery = link.send(large(0));
    client.server.connection.flush();
    expect(delivery.payload.length).toBe(bytes);
    client.flow({ incomingWindow: 1 }, 1);
    expect([delivery.settled, delivery.payload.length]).toEqual([false, 0]);
    expect(client.frames.map(({ payload }) => payload.length)).toEqual([bytes]);
  });

  test('a message that is begun counts until its link is over', () => {
    const { client, link } = startShut({ settings: {} });
    link.send({ ...large(0), payload: Buffer.alloc(100_000) });
    client.flow({ incomingWindow: 1 }, 1);
    expect(client.names).toEqual(['transfer']);
    expect(client.server.connection.waiting.takenBytes).toBe(100_256);
    link.detach(null);
    expect(client.server.connection.waiting.takenBytes).toBe(0);
  });
});

describe('a frame that cannot be written', () => {
  test('ends its connection with an internal error, behind whole frames alone', () => {
    const { client, link } = startReceiver();
    client.flow({ handle: 0, linkCredit: 2 });
    link.send(message('whole'));
    link.send({ ...message('fault'), messageFormat: 0x100000000 });
    expect(() => {
      client.server.connection.flush();
    }).not.toThrow();
    expect(client.names).toEqual(['transfer', 'close']);
    expect(client.received('close')).toMatchObject([{ condition: 'amqp:internal-error' }]);
    expect(client.server.faults).toMatchObject([{ name: 'RangeError' }]);
    expect([client.isEnded, client.server.closed.length]).toEqual([true, 1]);
    expect(client.server.detached.length).toBe(1);
  });
});

describe('outcomes', () => {
  function sendThree(options: TestServerOptions = {}) {
    const { client, link } = startReceiver(options);
    client.flow({ handle: 0, linkCredit: 3 });
    const sent = ['a', 'b', 'c'].map((text): OutgoingDelivery => link.send(message(text)));
    client.server.connection.flush();
    client.frames.length = 0;
    return { client, link, sent };
  }

  test('of a range are told one by one, and once', () => {
    const { client, link, sent } = sendThree();
    client.send(encodeSettlement, settlement(0, 1, released));
    client.send(encodeSettlement, settlement(0, 2));
    expect(client.server.outcomes).toEqual([
      [sent[0], released],
      [sent[1], released],
      [sent[2], accepted],
    ]);
    expect([link.unsettledCount, sent.every(({ settled }) => settled)]).toEqual([0, true]);
    expect(client.names).toEqual([]);
  });

  test('of a range that has no end cost no more than what there is', () => {
    const { client } = sendThree();
    const started = performance.now();
    for (let round = 0; round < 1_000; round++) {
      client.send(encodeSettlement, settlement(5, 0x7ffffff0));
    }
    client.send(encodeSettlement, settlement(0xfffffff0, 1));
    expect(performance.now() - started).toBeLessThan(1_000);
    expect(client.server.outcomes.length).toBe(2);
  });

  test('that leave a delivery unsettled are settled by the owner (receiver-settle-mode second)', () => {
    const { client, link, sent } = sendThree();
    client.send(encodeUnsettled, 1);
    expect(client.server.outcomes).toEqual([[sent[1], accepted]]);
    expect(link.unsettledCount).toBe(3);
    link.settle(sent[1]!, accepted);
    link.settle(sent[1]!, released);
    client.server.connection.flush();
    expect(client.received('disposition')).toEqual([
      { role: 'sender', first: 1, last: 1, settled: true, state: accepted },
    ]);
    expect(link.unsettledCount).toBe(2);
  });

  test('are not those of a sender', () => {
    const { client } = sendThree();
    client.send(encodeSettlement, { ...settlement(0, 2), role: 'sender' });
    expect(client.server.outcomes).toEqual([]);
  });

  test('of a link that is over are nobody’s', () => {
    const { client, link, sent } = sendThree();
    link.detach(null);
    client.send(encodeSettlement, settlement(0, 0));
    client.send(encodeDetach, { handle: 0, closed: true, error: null });
    client.send(encodeSettlement, settlement(0, 2));
    link.settle(sent[1]!, accepted);
    client.server.connection.flush();
    expect([client.server.outcomes, client.names]).toEqual([[], ['detach']]);
  });
});
