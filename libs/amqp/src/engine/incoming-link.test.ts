import { describe, expect, test } from '@jest/globals';
import { encodeDetach } from '../performatives/detach.js';
import { amqpError } from '../performatives/error.js';
import { accepted, released } from '../performatives/outcomes.js';
import { FrameClient } from './frame-client.fake.js';
import type { TestServerOptions } from './test-server.fake.js';

/** A client that has attached a sender. */
function startSender(options: TestServerOptions = {}): FrameClient {
  const client = FrameClient.open(options);
  client.attach({ role: 'sender', initialDeliveryCount: 0 });
  client.frames.length = 0;
  return client;
}

/** Leaves deliveries to the test. */
const unsettling: TestServerOptions = { onDelivery: () => undefined };

describe('attaching', () => {
  test('amqp 22, 24: is answered as the cloud does, with credit behind it', () => {
    const client = FrameClient.open().attach({
      role: 'sender',
      senderSettleMode: 1,
      properties: new Map([['k', 'v']]),
      maxMessageSize: 0xffffffffffffffffn,
    });
    const [attach] = client.received('attach');
    expect(attach).toMatchObject({
      name: 'link',
      handle: 0,
      role: 'receiver',
      senderSettleMode: 1,
      receiverSettleMode: null,
      source: { address: 'source' },
      target: { address: 'target' },
      initialDeliveryCount: null,
      maxMessageSize: 1_048_576n,
      properties: new Map([['k', 'v']]),
    });
    expect(client.received('flow')).toEqual([
      {
        nextIncomingId: 0,
        incomingWindow: 5_000,
        nextOutgoingId: 1,
        outgoingWindow: 0xffffffff,
        handle: 0,
        deliveryCount: 0,
        linkCredit: 100,
        available: 0,
        drain: null,
        echo: false,
      },
    ]);
  });

  test('a smaller bound of the client counts', () => {
    const client = FrameClient.open().attach({ role: 'sender', maxMessageSize: 65_536n });
    expect(client.received('attach')).toMatchObject([{ maxMessageSize: 65_536n }]);
  });

  test('amqp 22: is refused by an attach that leads nowhere, and a detach', () => {
    const client = FrameClient.open({
      onIncomingLink: (link) => {
        link.detach(amqpError('amqp:not-found', 'no'));
        link.detach(null);
      },
    });
    client.attach({ role: 'sender', maxMessageSize: 7n });
    expect(client.names).toEqual(['attach', 'detach']);
    expect(client.received('attach')).toMatchObject([
      { source: null, target: null, maxMessageSize: 7n },
    ]);
    expect(client.received('detach')).toMatchObject([
      { handle: 0, closed: true, error: { condition: 'amqp:not-found' } },
    ]);
    client.send(encodeDetach, { handle: 0, closed: true, error: null });
    client.attach({ role: 'sender' });
    expect(client.names).toEqual(['attach', 'detach', 'attach', 'detach']);
  });

  test('a client that goes before the decision is answered, and the decision comes too late', () => {
    const client = startSender({ onIncomingLink: () => undefined });
    client.send(encodeDetach, { handle: 0, closed: true, error: null });
    expect(client.names).toEqual(['attach', 'detach']);
    const [link] = client.server.incoming;
    expect(link?.accept(client.server.incomingHandlers, 1)).toBe(false);
    client.server.connection.flush();
    expect(client.names).toEqual(['attach', 'detach']);
    expect(client.server.detached).toEqual([]);
  });

  test('the same name once more takes the place of the first', () => {
    const client = startSender();
    client.attach({ role: 'sender', handle: 1 });
    expect(client.names).toEqual(['detach', 'attach', 'flow']);
    expect(client.received('detach')).toMatchObject([
      { handle: 0, error: { condition: 'amqp:link:stolen' } },
    ]);
    expect(client.server.detached).toMatchObject([['link', { condition: 'amqp:link:stolen' }]]);
    client.send(encodeDetach, { handle: 0, closed: true, error: null });
    client.transfer({ handle: 1 });
    expect(client.server.deliveries.length).toBe(1);
  });
});

describe('transfers', () => {
  test('come to the owner', () => {
    const client = startSender(unsettling);
    client.transfer({ deliveryId: 7, messageFormat: 0x80013700 }, Buffer.from('a'));
    client.transfer({ deliveryId: 8, settled: true, deliveryTag: null, messageFormat: null });
    expect(client.server.deliveries).toEqual([
      {
        id: 7,
        tag: Buffer.from('tag'),
        messageFormat: 0x80013700,
        settled: false,
        payload: Buffer.from('a'),
      },
      { id: 8, tag: null, messageFormat: 0, settled: true, payload: Buffer.from('x') },
    ]);
    const [link] = client.server.incoming;
    expect([link?.credit, link?.unsettledCount]).toEqual([98, 1]);
  });

  test('of several frames come whole, also with those of another link in between', () => {
    const client = startSender(unsettling);
    client.attach({ role: 'sender', handle: 1, name: 'other' });
    client.transfer({ deliveryId: 0, more: true }, Buffer.from('a'));
    client.transfer({ handle: 1, deliveryId: 1, more: true }, Buffer.from('1'));
    expect(client.server.connection.waiting.takenBytes).toBe(2);
    client.transfer({ deliveryId: null, deliveryTag: null, settled: true }, Buffer.from('b'));
    client.transfer({ handle: 1, deliveryId: 1 }, Buffer.from('2'));
    expect(
      client.server.deliveries.map(({ id, payload, settled }) => [id, payload.toString(), settled]),
    ).toEqual([
      [0, 'ab', true],
      [1, '12', false],
    ]);
    expect(client.server.connection.waiting.takenBytes).toBe(0);
  });

  test('that are aborted leave nothing', () => {
    const client = startSender(unsettling);
    client.transfer({ more: true }).transfer({ aborted: true }).transfer({ deliveryId: 1 });
    client.transfer({ deliveryId: 2, aborted: true });
    expect(client.server.deliveries.map(({ id }) => id)).toEqual([1]);
    expect(client.server.incoming[0]?.credit).toBe(97);
    expect(client.server.connection.waiting.takenBytes).toBe(0);
  });

  test('that came before the decision are kept, and come when it is made', () => {
    const client = startSender({ onIncomingLink: () => undefined });
    client.transfer({ deliveryId: 0 }).transfer({ deliveryId: 1 });
    expect(client.server.connection.waiting.takenBytes).toBe(2 * 257);
    client.server.incoming[0]?.accept(client.server.incomingHandlers, 10);
    expect(client.server.deliveries.map(({ id }) => id)).toEqual([0, 1]);
    expect(client.server.connection.waiting.takenBytes).toBe(0);
  });

  test('that came before the decision have a bound', () => {
    const client = startSender({
      onIncomingLink: () => undefined,
      settings: { waitingBytesMax: 300 },
    });
    client.transfer({}).transfer({});
    expect(client.received('detach')).toMatchObject([
      { error: { condition: 'amqp:resource-limit-exceeded' } },
    ]);
    expect(client.server.connection.waiting.takenBytes).toBe(0);
  });
});

describe('what breaks the rules of a link ends it alone', () => {
  const large = Buffer.alloc(40_000);

  test.each<[string, string, TestServerOptions, (client: FrameClient) => unknown]>([
    [
      'a transfer without credit',
      'amqp:link:transfer-limit-exceeded',
      {
        onIncomingLink: (link) =>
          link.accept({ onDelivery: () => undefined, onDetached: () => undefined }, 0),
      },
      (c) => c.transfer({}),
    ],
    [
      'a message that is too large',
      'amqp:link:message-size-exceeded',
      { settings: { maxMessageSize: 39_999 } },
      (c) => c.transfer({}, large),
    ],
    [
      'a message that grows too large',
      'amqp:link:message-size-exceeded',
      {},
      (c) => {
        for (let frame = 0; frame < 27; frame++) {
          c.transfer({ more: true }, large);
        }
      },
    ],
    [
      'too much that is unfinished',
      'amqp:resource-limit-exceeded',
      { settings: { waitingBytesMax: 39_999 } },
      (c) => c.transfer({ more: true }, large),
    ],
    ['a delivery without an id', 'amqp:invalid-field', {}, (c) => c.transfer({ deliveryId: null })],
  ])('%s: %s', (_, condition, options, act) => {
    const client = startSender(options);
    act(client);
    expect(client.names).toEqual(['detach']);
    expect(client.received('detach')).toMatchObject([{ closed: true, error: { condition } }]);
    expect(client.server.deliveries).toEqual([]);
    expect(client.server.connection.waiting.takenBytes).toBe(0);
    client.transfer({});
    expect(client.names).toEqual(['detach']);
  });

  test('the owner is told', () => {
    const client = startSender({ settings: { maxMessageSize: 1 } });
    client.transfer({}, Buffer.from('xx'));
    expect(client.server.detached).toMatchObject([
      ['link', { condition: 'amqp:link:message-size-exceeded' }],
    ]);
  });
});

describe('settling', () => {
  test('accepted deliveries that follow one another are one disposition, in whatever order', () => {
    const client = startSender(unsettling);
    client.inOnePiece(() => {
      for (let id = 0; id < 10; id++) {
        client.transfer({ deliveryId: (0xfffffffc + id) >>> 0 });
      }
    });
    const { deliveries, incoming, connection } = client.server;
    for (const index of [3, 1, 0, 2, 8, 4, 9, 6]) {
      incoming[0]!.settle(deliveries[index]!, accepted);
    }
    incoming[0]!.settle(deliveries[5]!, { type: 'rejected', error: amqpError('a') });
    incoming[0]!.settle(deliveries[5]!, released);
    connection.flush();
    const role = 'receiver';
    expect(client.received('disposition')).toEqual([
      { role, first: 0xfffffffc, last: 0, settled: true, state: accepted },
      { role, first: 2, last: 2, settled: true, state: accepted },
      { role, first: 4, last: 5, settled: true, state: accepted },
      {
        role,
        first: 1,
        last: 1,
        settled: true,
        state: { type: 'rejected', error: amqpError('a') },
      },
    ]);
    expect(incoming[0]?.unsettledCount).toBe(1);
  });

  test('of a delivery that came settled says nothing', () => {
    const client = startSender();
    client.transfer({ settled: true });
    expect(client.received('disposition')).toEqual([]);
  });

  test('after the link has gone says nothing', () => {
    const client = startSender(unsettling);
    client.transfer({});
    client.send(encodeDetach, { handle: 0, closed: true, error: null });
    client.server.incoming[0]!.settle(client.server.deliveries[0]!, accepted);
    client.server.connection.flush();
    expect(client.names).toEqual(['detach']);
  });

  test('amqp 14: goes out before the reply that was sent first', () => {
    const client = startSender({
      onDelivery: (link, delivery) => {
        client.server.outgoing[0]!.send({ tag: Buffer.from([1]), payload: Buffer.from('reply') });
        link.settle(delivery, accepted);
      },
    });
    client.attach({ role: 'receiver', handle: 1 }).flow({ handle: 1, linkCredit: 1 });
    client.frames.length = 0;
    client.transfer({});
    expect(client.names).toEqual(['disposition', 'transfer']);
  });
});

describe('detaching', () => {
  test('the client does, and is answered once; what comes twice is ignored', () => {
    const client = startSender();
    const detach = { handle: 0, closed: false, error: amqpError('amqp:internal-error') };
    client.send(encodeDetach, detach).send(encodeDetach, detach);
    expect(client.received('detach')).toEqual([{ handle: 0, closed: false, error: null }]);
    expect(client.server.detached).toEqual([['link', amqpError('amqp:internal-error')]]);
  });

  test('the owner does, behind what it settled', () => {
    const client = startSender(unsettling);
    client.transfer({});
    const { incoming, deliveries, connection } = client.server;
    incoming[0]!.settle(deliveries[0]!, accepted);
    incoming[0]!.detach(amqpError('amqp:unauthorized-access'));
    incoming[0]!.detach(null);
    connection.flush();
    expect(client.names).toEqual(['disposition', 'detach']);
    client.send(encodeDetach, { handle: 0, closed: true, error: null });
    client.attach({ role: 'sender' });
    expect(client.names).toEqual(['disposition', 'detach', 'attach', 'flow']);
    expect(client.server.detached).toEqual([]);
  });
});

describe('the window of the session', () => {
  test('is told anew before it is shut', () => {
    const client = startSender({ settings: { incomingWindow: 10 } });
    for (let id = 0; id < 30; id++) {
      client.transfer({ deliveryId: id });
    }
    expect(client.server.deliveries.length).toBe(30);
    expect(client.received('flow').length).toBeGreaterThanOrEqual(3);
    expect(client.received('flow').at(-1)).toMatchObject({ incomingWindow: 10, handle: null });
  });

  test('more than it has ends the session', () => {
    const client = startSender({ settings: { incomingWindow: 10 } });
    client.inOnePiece(() => {
      for (let id = 0; id < 11; id++) {
        client.transfer({ deliveryId: id });
      }
    });
    expect(client.received('end')).toMatchObject([{ condition: 'amqp:session:window-violation' }]);
    expect(client.server.deliveries.length).toBe(10);
  });
});
