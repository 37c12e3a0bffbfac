import { describe, expect, test } from '@jest/globals';
import { encodeDetach } from '../performatives/detach.js';
import { encodeSettlement } from '../performatives/disposition.js';
import { amqpError } from '../performatives/error.js';
import { FrameClient } from './frame-client.fake.js';
import {
  message,
  payloads,
  settlement,
  startReceiver,
  startReceivers,
} from './outgoing-link.fake.js';

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
    expect([client.names, connection.waiting.takenBytes]).toEqual([[], 262]);
    client.flow({ handle: 0, linkCredit: 1 });
    expect([payloads(client), connection.waiting.takenBytes]).toEqual([['0 answer'], 0]);
  });

  test('that never comes ends the link when too much waits for it', () => {
    const { client, link } = startReceiver({ settings: { waitingBytesMax: 600 } });
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
    expect(client.server.connection.waiting.takenBytes).toBe(0);
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

  test('is told again when the session has room for more without an outcome, to all links', () => {
    const credits: string[] = [];
    const { client, links } = startReceivers(['a', 'b'], {
      settings: { unsettledPerSessionMax: 2 },
      onCredit: (link) => credits.push(`${link.attach.name} ${link.credit}`),
    });
    client.flow({ handle: 0, linkCredit: 10 }).flow({ handle: 1, linkCredit: 10 });
    links[0]!.send(message('a'));
    links[0]!.send(message('b'));
    client.server.connection.flush();
    credits.length = 0;
    client.send(encodeSettlement, settlement(0, 0));
    client.send(encodeSettlement, settlement(1, 1));
    expect(credits).toEqual(['a 1', 'b 1']);
    links[1]!.send(message('c'));
    links[1]!.send(message('d'));
    client.server.connection.flush();
    client.send(encodeDetach, { handle: 1, closed: true, error: null });
    expect(credits.slice(2)).toEqual(['a 2']);
  });

  test('is told again when what needs no outcome is written, however much it was', () => {
    const credits: number[] = [];
    const { client, link } = startReceiver({
      settings: { unsettledPerSessionMax: 2 },
      onCredit: ({ credit }) => credits.push(credit),
    });
    client.flow({ handle: 0, linkCredit: 10 });
    link.send(message('a', { settled: true }));
    link.send(message('b', { settled: true }));
    expect([link.credit, credits]).toEqual([0, [2]]);
    client.server.connection.flush();
    expect(credits).toEqual([2, 2]);
  });

  test('is no more than a flow can tell, though the client counts more than was sent', () => {
    const { client } = startReceiver();
    client.flow({ handle: 0, deliveryCount: 1, linkCredit: 0xffffffff, echo: true });
    expect(client.received('flow')).toMatchObject([{ deliveryCount: 0, linkCredit: 0xffffffff }]);
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

  test('is done when the credit is used up, though more waits', () => {
    const { client, link } = startReceiver();
    link.send(message('1'));
    link.send(message('2'));
    client.flow({ handle: 0, linkCredit: 1, drain: true });
    link.finishDrain();
    client.server.connection.flush();
    expect(client.names).toEqual(['transfer', 'flow']);
    expect(client.received('flow')).toMatchObject([
      { deliveryCount: 1, linkCredit: 0, available: 1 },
    ]);
  });

  test('is answered when the credit is used up, whatever the owner says', () => {
    const { client, link } = startReceiver();
    client.flow({ handle: 0, linkCredit: 2, drain: true });
    link.send(message('1'));
    client.server.connection.flush();
    expect(client.names).toEqual(['transfer']);
    link.send(message('2'));
    client.server.connection.flush();
    expect(client.names).toEqual(['transfer', 'transfer', 'flow']);
    expect(client.received('flow')).toMatchObject([{ deliveryCount: 2, linkCredit: 0 }]);
    expect(link.isDraining).toBe(false);
  });

  test('is answered at once when there is no credit', () => {
    const { client } = startReceiver();
    client.flow({ handle: 0, linkCredit: 0, drain: true });
    expect(client.received('flow')).toMatchObject([{ deliveryCount: 0, linkCredit: 0 }]);
  });

  test('is answered once for each flow that asks', () => {
    const { client, link } = startReceiver();
    const finish = (): void => {
      link.finishDrain();
      client.server.connection.flush();
    };
    client.flow({ handle: 0, linkCredit: 10, drain: true });
    finish();
    expect(link.isDraining).toBe(false);
    finish();
    const answer = { deliveryCount: 10, linkCredit: 0, drain: true };
    expect(client.received('flow')).toMatchObject([answer]);

    client.flow({ handle: 0, linkCredit: 0, deliveryCount: 10, drain: true });
    finish();
    expect(client.received('flow')).toMatchObject([answer, answer]);
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
