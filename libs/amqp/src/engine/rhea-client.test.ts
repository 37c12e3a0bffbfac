import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import rhea from 'rhea';
import { amqpError } from '../performatives/error.js';
import { accepted } from '../performatives/outcomes.js';
import { sourceAt } from '../performatives/terminus.js';
import { connectRhea, eventOf, eventTimes } from './rhea-client.fake.js';

/** What rhea's typings leave out. */
const outcomes = rhea.message as unknown as { accepted(): { described(): never } };

function dataOf(text: string): unknown {
  return rhea.message.data_section(Buffer.from(text));
}

function messageOf(text: string): Buffer {
  return rhea.message.encode({ body: dataOf(text) });
}

describe('connecting', () => {
  test('without SASL', async () => {
    const { client, server } = await connectRhea();
    expect(server.opened?.containerId).toBe(client.container.id);
    expect(client.container_id).toBe('server');
    client.close();
    await once(client, 'connection_close');
    expect(server.closed).toEqual([null]);
  });

  test('with SASL PLAIN', async () => {
    const mechanisms: string[] = [];
    const { client } = await connectRhea(
      {
        onSaslInit: (init, connection) => {
          mechanisms.push(init.mechanism, init.initialResponse!.toString('latin1'));
          setImmediate(() => {
            connection.answerSasl({ code: 0, additionalData: null });
          });
        },
      },
      { username: 'u', password: 'p' },
    );
    expect(mechanisms).toEqual(['PLAIN', '\0u\0p']);
    client.close();
    await once(client, 'connection_close');
  });
});

test('5000 messages on one link are all accepted', async () => {
  const { client, server } = await connectRhea();
  const sender = client.open_sender('to');
  let sent = 0;
  const allAccepted = eventTimes(sender, 'accepted', 5_000);
  sender.on('sendable', () => {
    while (sender.sendable() && sent < 5_000) {
      sender.send({ body: dataOf(String(sent)) });
      sent += 1;
    }
  });
  await allAccepted;
  expect(server.deliveries.length).toBe(5_000);
  expect(server.deliveries.at(-1)?.payload.toString()).toContain('4999');
  expect(server.incoming[0]?.unsettledCount).toBe(0);
  client.close();
}, 30_000);

test('amqp 25, 26: sender and receiver of one name in one session, the same names in another', async () => {
  const { client, server } = await connectRhea({
    onCredit: (link) => {
      link.send({ tag: Buffer.alloc(16), payload: messageOf(link.attach.name), settled: true });
    },
  });
  for (const session of [client.create_session(), client.create_session()]) {
    session.begin();
    const receiver = session.open_receiver({ name: 'x', source: 'from' });
    const { message } = await eventOf(receiver, 'message');
    expect((message?.body as { content: Buffer }).content.toString()).toBe('x');
    const sender = session.open_sender({ name: 'x', target: 'to' });
    await once(sender, 'sendable');
    sender.send({ body: 'hello' });
    await once(sender, 'accepted');
  }
  expect(server.incoming.length).toBe(2);
  expect(server.outgoing.length).toBe(2);
  expect(server.detached).toEqual([]);
  client.close();
});

describe('200 KiB', () => {
  const text = 'y'.repeat(200 * 1_024);

  test('from a client come whole', async () => {
    const { client, server } = await connectRhea();
    const sender = client.open_sender('to');
    await once(sender, 'sendable');
    sender.send({ body: dataOf(text) });
    await once(sender, 'accepted');
    expect(server.deliveries[0]?.payload.equals(messageOf(text))).toBe(true);
    expect(server.connection.waiting.takenBytes).toBe(0);
    client.close();
  });

  test.each([512, 10_000, 1_048_576])('to a client with frames of %i', async (maxFrameSize) => {
    const { client, server } = await connectRhea(
      {
        onCredit: (link) => {
          link.send({ tag: Buffer.alloc(16), payload: messageOf(text) });
        },
      },
      { max_frame_size: maxFrameSize },
    );
    const { message } = await eventOf(client.open_receiver({ source: 'from' }), 'message');
    expect((message?.body as { content: Buffer }).content.toString() === text).toBe(true);
    client.close();
    await once(client, 'connection_close');
    expect(server.outcomes.length).toBe(1);
  });
});

test('what a client accepts, rejects, releases and modifies is told', async () => {
  const { client, server } = await connectRhea({
    onCredit: (link) => {
      while (link.credit > 0 && link.unsettledCount < 4) {
        link.send({ tag: Buffer.alloc(16, link.unsettledCount), payload: messageOf('m') });
      }
    },
  });
  const receiver = client.open_receiver({ source: 'from', autoaccept: false, credit_window: 4 });
  const received = await eventTimes(receiver, 'message', 4);
  // Each in a turn of its own: of two different ones in one turn rhea sends the first for both.
  received[0]!.delivery!.accept();
  await turn();
  received[1]!.delivery!.reject();
  await turn();
  received[2]!.delivery!.release();
  await turn();
  received[3]!.delivery!.release({ undeliverable_here: true });
  await turn();
  client.close();
  await once(client, 'connection_close');
  expect(server.outcomes.map(([{ tag }, outcome]) => [tag[0], outcome?.type])).toEqual([
    [0, 'accepted'],
    [1, 'rejected'],
    [2, 'released'],
    [3, 'modified'],
  ]);
  expect(server.outgoing[0]?.unsettledCount).toBe(0);
});

test('with receiver-settle-mode second the owner has the last word', async () => {
  const { client, server } = await connectRhea({
    onOutgoingLink: (link) => {
      link.accept(server.outgoingHandlers, { receiverSettleMode: 1 });
    },
    onCredit: (link) => {
      while (link.unsettledCount + server.outcomes.length === 0) {
        link.send({ tag: Buffer.alloc(16), payload: messageOf('m') });
      }
    },
    onOutcome: (delivery) => {
      delivery.link.settle(delivery, accepted);
    },
  });
  const receiver = client.open_receiver({
    source: 'from',
    autosettle: false,
    autoaccept: false,
    credit_window: 1,
    rcv_settle_mode: 1,
  });
  const settled = once(receiver, 'settled');
  const { delivery } = await eventOf(receiver, 'message');
  delivery?.update(false, outcomes.accepted().described());
  await settled;
  expect(server.outcomes[0]?.[1]).toEqual({ type: 'accepted' });
  expect(server.outgoing[0]?.unsettledCount).toBe(0);
  client.close();
});

test('a receiver drains', async () => {
  const { client, server } = await connectRhea({
    onCredit: (link) => {
      while (link.credit === 10) {
        link.send({ tag: Buffer.alloc(16), payload: messageOf('m'), settled: true });
      }
      link.finishDrain();
    },
  });
  const receiver = client.open_receiver({ source: 'from', credit_window: 0 });
  await once(receiver, 'receiver_open');
  receiver.add_credit(10);
  await once(receiver, 'message');
  receiver.drain_credit();
  await once(receiver, 'receiver_drained');
  expect((receiver as unknown as { credit: number }).credit).toBe(0);
  expect(server.outgoing[0]?.credit).toBe(0);
  client.close();
});

test('a refused link gets an attach that leads nowhere, and then the error', async () => {
  const error = amqpError('amqp:not-found', 'no such node');
  const { client } = await connectRhea({
    onOutgoingLink: (link) => {
      setImmediate(() => {
        link.detach(error);
      });
    },
  });
  const receiver = client.open_receiver({ source: 'from' });
  const failing = eventOf(receiver, 'receiver_error');
  const { receiver: opened } = await eventOf(receiver, 'receiver_open');
  expect(opened?.source.address).toBeUndefined();
  const { receiver: failed } = await failing;
  expect(failed?.error).toMatchObject({ condition: 'amqp:not-found', description: 'no such node' });
  client.close();
});

test('a link that the client closes while it is pending is over, and others of the session go on', async () => {
  const { client, server } = await connectRhea({
    onOutgoingLink: (link) => {
      if (link.attach.name === 'wanted') {
        link.accept(server.outgoingHandlers);
      }
    },
    onCredit: (link) => {
      link.send({ tag: Buffer.alloc(16), payload: messageOf('x'), settled: true });
    },
  });
  const pending = client.open_receiver({ name: 'unwanted', source: 'from' });
  await turn();
  pending.close();
  await once(pending, 'receiver_close');
  const receiver = client.open_receiver({ name: 'wanted', source: 'from', credit_window: 0 });
  receiver.add_credit(1);
  await once(receiver, 'message');

  // rhea answers the answer, once.
  expect(server.outgoing.map(({ attach }) => attach.name)).toEqual([
    'unwanted',
    'unwanted',
    'wanted',
  ]);
  client.close();
});

test('the terms of a link reach the client', async () => {
  const { client } = await connectRhea({
    onOutgoingLink: (link) => {
      link.accept(
        { onCredit: () => undefined, onOutcome: () => undefined, onDetached: () => undefined },
        {
          source: sourceAt('elsewhere'),
          maxMessageSize: 1_000,
          offeredCapabilities: ['a', 'b'],
          properties: new Map([['k', 'v']]),
        },
      );
    },
  });
  const receiver = client.open_receiver({ source: 'from', name: 'n' });
  await once(receiver, 'receiver_open');
  expect(receiver.source.address).toBe('elsewhere');
  expect(receiver.max_message_size).toBe(1_000);
  expect(receiver.offered_capabilities).toEqual(['a', 'b']);
  expect(receiver.properties).toEqual({ k: 'v' });
  client.close();
});

test('a client is told why its session or connection ends', async () => {
  const { client, server } = await connectRhea();
  const error = eventOf(client, 'connection_error');
  server.connection.close(amqpError('amqp:connection:forced', 'enough'));
  const { connection } = await error;
  expect(connection.error).toMatchObject({ condition: 'amqp:connection:forced' });
  await turn();
  await turn();
  expect(server.closed).toEqual([null]);
});
