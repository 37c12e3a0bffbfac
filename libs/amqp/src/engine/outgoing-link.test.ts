import { describe, expect, test } from '@jest/globals';
import { encodeDetach } from '../performatives/detach.js';
import { encodeSettlement, type LinkRole } from '../performatives/disposition.js';
import { amqpError } from '../performatives/error.js';
import { accepted, released, type Outcome } from '../performatives/outcomes.js';
import { descriptors } from '../performatives/descriptors.js';
import type { AmqpWriter } from '../codec/amqp-writer.js';
import { FrameClient } from './frame-client.fake.js';
import type { OutgoingDelivery, OutgoingLink, Sending } from './outgoing-link.js';
import type { TestServerOptions } from './test-server.fake.js';

/** A client that has attached receivers of these names, on handles from 0 on, and the server's ends of them. */
function startReceivers(
  names: readonly string[],
  options: TestServerOptions = {},
): { client: FrameClient; links: OutgoingLink[] } {
  const client = FrameClient.open(options);
  names.forEach((name, handle) => client.attach({ role: 'receiver', name, handle }));
  client.frames.length = 0;
  return { client, links: client.server.outgoing };
}

function startReceiver(options: TestServerOptions = {}): {
  client: FrameClient;
  link: OutgoingLink;
} {
  const { client, links } = startReceivers(['link'], options);
  return { client, link: links[0]! };
}

function message(text: string, more: Partial<Sending> = {}): Sending {
  return { tag: Buffer.from(text), payload: Buffer.from(text), ...more };
}

/** The payloads that came, with the handles that they came on. */
function payloads(client: FrameClient): string[] {
  return client.frames
    .filter(({ name }) => name === 'transfer')
    .map(({ performative, payload }) => {
      const { handle } = performative as { handle: number };
      return `${handle} ${payload.toString()}`;
    });
}

function settlement(first: number, last: number, outcome: Outcome | null = accepted) {
  return { role: 'receiver' as LinkRole, first, last, outcome };
}

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

describe('attaching', () => {
  test('is answered as the cloud does (amqp.md §4.2)', () => {
    const client = FrameClient.open({
      onOutgoingLink: (link) => {
        link.accept(client.server.outgoingHandlers, { receiverSettleMode: 1 });
      },
    });
    client.attach({ role: 'receiver', receiverSettleMode: 0, maxMessageSize: 65_536n });
    expect(client.received('attach')).toMatchObject([
      {
        role: 'sender',
        senderSettleMode: null,
        receiverSettleMode: 1,
        source: { address: 'source' },
        target: { address: 'target' },
        initialDeliveryCount: 0,
        maxMessageSize: 65_536n,
      },
    ]);
  });

  test('credit that came before the decision is told with it', () => {
    const credits: number[] = [];
    const { client, link } = startReceiver({
      onOutgoingLink: () => undefined,
      onCredit: ({ credit }) => credits.push(credit),
    });
    client.flow({ handle: 0, linkCredit: 3 });
    expect([link.credit, credits]).toEqual([0, []]);
    link.accept(client.server.outgoingHandlers);
    expect([link.credit, credits]).toEqual([3, [3]]);
  });
});

describe('credit', () => {
  test('falls with what is sent, and is never exceeded', () => {
    const { client, link } = startReceiver();
    client.flow({ handle: 0, deliveryCount: 0, linkCredit: 2 });
    link.send(message('a'));
    expect(link.credit).toBe(1);
    link.send(message('b'));
    link.send(message('c'));
    client.server.connection.flush();
    expect(payloads(client)).toEqual(['0 a', '0 b']);
    expect(link.credit).toBe(0);
    // The client has seen one of the two, and one waits.
    client.flow({ handle: 0, deliveryCount: 1, linkCredit: 3 });
    expect(payloads(client)).toEqual(['0 a', '0 b', '0 c']);
    expect(link.credit).toBe(1);
    client.flow({ handle: 0, deliveryCount: 3, linkCredit: 0xffffffff });
    expect(link.credit).toBeGreaterThan(1_000);
  });

  test('of a link that has none holds up no other (amqp.md §13, 7)', () => {
    const { client, links } = startReceivers(['a', 'b']);
    client.flow({ handle: 0, linkCredit: 2 }).flow({ handle: 1, linkCredit: 1 });
    links[0]!.send(message('1'));
    links[0]!.send(message('2'));
    client.server.connection.flush();
    client.flow({ handle: 0, deliveryCount: 2, linkCredit: 1 });
    links[0]!.send(message('3'));
    client.flow({ handle: 0, deliveryCount: 3, linkCredit: 0 });
    links[1]!.send(message('4'));
    client.server.connection.flush();
    expect(payloads(client)).toEqual(['0 1', '0 2', '0 3', '1 4']);
  });

  test('may come after the message, which counts until then', () => {
    const { client, link } = startReceiver();
    const { connection } = client.server;
    link.send(message('answer'));
    connection.flush();
    expect([client.names, connection.keptBytes]).toEqual([[], 262]);
    client.flow({ handle: 0, linkCredit: 1 });
    expect([payloads(client), connection.keptBytes]).toEqual([['0 answer'], 0]);
  });

  test('that never comes ends the link when too much waits for it', () => {
    const { client, link } = startReceiver({ settings: { keptBytesMax: 600 } });
    link.send(message('1'));
    link.send(message('2'));
    expect(client.server.detached).toEqual([]);
    link.send(message('3'));
    link.send(message('4'));
    client.server.connection.flush();
    expect(client.received('detach')).toMatchObject([
      { error: { condition: 'amqp:resource-limit-exceeded' } },
    ]);
    expect(client.server.detached.length).toBe(1);
    expect(client.server.connection.keptBytes).toBe(0);
  });

  test('that the client takes back keeps the message until there is credit again', () => {
    const { client, link } = startReceiver();
    client.flow({ handle: 0, linkCredit: 1 });
    client.inOnePiece(() => {
      client.flow({ handle: 0, deliveryCount: 0, linkCredit: 0 });
      link.send(message('a'));
    });
    expect(payloads(client)).toEqual([]);
    client.flow({ handle: 0, deliveryCount: 0, linkCredit: 1 });
    expect(payloads(client)).toEqual(['0 a']);
  });

  test('counts only while there is room for deliveries without an outcome', () => {
    const { client, link } = startReceiver({ settings: { unsettledPerSessionMax: 2 } });
    client.flow({ handle: 0, linkCredit: 10 });
    link.send(message('a'));
    link.send(message('b'));
    expect(link.credit).toBe(0);
    client.server.connection.flush();
    expect([link.credit, link.unsettledCount]).toEqual([0, 2]);
    client.send(encodeSettlement, settlement(0, 0));
    expect([link.credit, link.unsettledCount]).toEqual([1, 1]);
  });

  test('is told back when the client asks, by its link or its session', () => {
    const { client, link } = startReceiver();
    client.flow({ handle: 0, linkCredit: 5, echo: true }).flow({ echo: true });
    expect(client.received('flow')).toEqual([
      {
        nextIncomingId: 0,
        incomingWindow: 5_000,
        nextOutgoingId: 1,
        outgoingWindow: 0xffffffff,
        handle: 0,
        deliveryCount: 0,
        linkCredit: 5,
        available: 0,
        drain: false,
        echo: false,
      },
      expect.objectContaining({ handle: null, linkCredit: null, echo: false }),
    ]);
    link.send(message('a', { settled: true }));
    client.flow({ echo: true });
    expect(client.received('flow').at(-1)).toMatchObject({
      nextOutgoingId: 2,
      outgoingWindow: 0xfffffffe,
    });
  });
});

describe('draining', () => {
  test('gives the credit back behind what is sent', () => {
    const { client } = startReceiver({
      onCredit: (link) => {
        link.send(message('last', { settled: true }));
        link.finishDrain();
      },
    });
    client.flow({ handle: 0, linkCredit: 10, drain: true });
    expect(client.names).toEqual(['transfer', 'flow']);
    expect(client.received('flow')).toMatchObject([
      { handle: 0, deliveryCount: 10, linkCredit: 0, drain: true, available: 0 },
    ]);
  });

  test('is over when the owner says so, or the client asks no more', () => {
    const { client, link } = startReceiver();
    client.flow({ handle: 0, linkCredit: 10, drain: true });
    expect([link.isDraining, client.names]).toEqual([true, []]);
    client.flow({ handle: 0, linkCredit: 10, drain: false });
    link.finishDrain();
    client.server.connection.flush();
    expect([link.isDraining, link.credit, client.names]).toEqual([false, 10, []]);
  });
});

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

  test.each([512, 4_096, 65_536])('are no longer than %i bytes', (maxFrameSize) => {
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

describe('detaching', () => {
  test('the owner does, behind what credit allows to send', () => {
    const { client, link } = startReceiver();
    client.flow({ handle: 0, linkCredit: 1 });
    link.send(message('a'));
    link.detach(amqpError('amqp:unauthorized-access'));
    client.server.connection.flush();
    expect(client.names).toEqual(['transfer', 'detach']);
    link.send(message('b'));
    client.flow({ handle: 0, linkCredit: 5 });
    expect(client.names).toEqual(['transfer', 'detach']);
  });

  test('leaves nothing of a message that waited for the window', () => {
    const client = FrameClient.open().begin({ incomingWindow: 1 }, 1);
    client.attach({ role: 'receiver' }, 1).flow({ incomingWindow: 1, handle: 0, linkCredit: 9 }, 1);
    const [link] = client.server.outgoing;
    link!.send({ tag: Buffer.from('a'), payload: Buffer.alloc(100_000) });
    client.server.connection.flush();
    link!.detach(null);
    client.flow({ nextIncomingId: 2, incomingWindow: 9 }, 1);
    expect(client.received('transfer').length).toBe(1);
    expect(client.names.at(-1)).toBe('detach');
  });

  test('the client does, and the owner is told', () => {
    const { client } = startReceiver();
    client.send(encodeDetach, { handle: 0, closed: true, error: null });
    expect([client.names, client.server.detached]).toEqual([['detach'], [['link', null]]]);
  });
});
