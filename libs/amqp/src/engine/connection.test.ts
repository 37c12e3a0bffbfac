import { describe, expect, test } from '@jest/globals';
import { protocolHeaders } from '../frames/protocol-header.js';
import { encodeDetach } from '../performatives/detach.js';
import { encodeClose, encodeEnd } from '../performatives/ending.js';
import { amqpError } from '../performatives/error.js';
import { encodeInit } from '../performatives/performatives.fake.js';
import { FrameClient } from './frame-client.fake.js';

const amqp = protocolHeaders.amqp.toString('latin1');
const sasl = protocolHeaders.sasl.toString('latin1');

describe('headers', () => {
  test('amqp 1, 6: AMQP is answered with AMQP, and open with open', () => {
    const client = new FrameClient().header().open();
    expect(client.headers).toEqual([amqp]);
    expect(client.received('open')).toEqual([
      {
        containerId: 'server',
        hostname: 'localhost',
        maxFrameSize: 65_536,
        channelMax: 8_191,
        idleTimeOutMs: 240_000,
        offeredCapabilities: [],
        desiredCapabilities: [],
        properties: null,
      },
    ]);
  });

  test.each([
    ['TLS', '414d515002010000'],
    ['AMQP 0-9-1', '414d515000000901'],
    ['HTTP', Buffer.from('GET / HT').toString('hex')],
  ])('%s is answered with SASL, and the end', (_, hex) => {
    const client = new FrameClient().raw(hex);
    expect([client.headers, client.isEnded]).toEqual([[sasl], true]);
  });

  test('SASL a second time is answered with AMQP, and the end', () => {
    const client = new FrameClient().header(protocolHeaders.sasl).sendSasl(encodeInit, 'PLAIN');
    client.header(protocolHeaders.sasl);
    expect([client.headers, client.isEnded]).toEqual([[sasl, amqp], true]);
  });
});

describe('SASL', () => {
  test('is offered, answered, and AMQP comes behind it', () => {
    const client = new FrameClient().header(protocolHeaders.sasl).sendSasl(encodeInit, 'MSSBCBS');
    expect(client.names).toEqual(['saslMechanisms', 'saslOutcome']);
    client.headers.length = 0;
    client.header().open();
    expect(client.names).toEqual(['saslMechanisms', 'saslOutcome', 'open']);
  });

  test('a client that waits for nothing is answered in order once the verdict is known', () => {
    const inits: string[] = [];
    const client = new FrameClient({
      onSaslInit: ({ mechanism, initialResponse }) =>
        inits.push(`${mechanism} ${initialResponse!.toString()}`),
    });
    client.inOnePiece(() => {
      client.header(protocolHeaders.sasl).sendSasl(encodeInit, 'PLAIN');
      client.header().open().begin().attach({ role: 'sender' });
    });
    expect([inits, client.names]).toEqual([['PLAIN response'], ['saslMechanisms']]);
    const { connection } = client.server;
    expect(connection.keptBytes).toBeGreaterThan(0);
    connection.answerSasl({ code: 0, additionalData: null });
    connection.flush();
    expect(client.names.slice(1)).toEqual(['saslOutcome', 'open', 'begin', 'attach', 'flow']);
    expect(connection.keptBytes).toBe(0);
  });

  test('a refusal is told and ends the connection', () => {
    const client = new FrameClient({
      onSaslInit: (_, connection) => {
        connection.answerSasl({ code: 1, additionalData: null });
      },
    });
    client.header(protocolHeaders.sasl).sendSasl(encodeInit, 'PLAIN').header().open();
    expect(client.names).toEqual(['saslMechanisms', 'saslOutcome']);
    expect([client.isEnded, client.server.closed]).toEqual([true, [null]]);
  });

  test('a mechanism that is not offered is refused unasked', () => {
    const client = new FrameClient({
      onSaslInit: () => {
        throw new Error('asked');
      },
    });
    client.header(protocolHeaders.sasl).sendSasl(encodeInit, 'SCRAM-SHA-256');
    expect([client.names.at(-1), client.isEnded]).toEqual(['saslOutcome', true]);
  });

  test('what comes before the verdict has a bound', () => {
    const client = new FrameClient({ onSaslInit: () => undefined });
    client.header(protocolHeaders.sasl).sendSasl(encodeInit, 'PLAIN');
    client.raw('00'.repeat(131_072));
    expect(client.isEnded).toBe(false);
    client.raw('00');
    expect([client.isEnded, client.server.closed.length]).toEqual([true, 1]);
  });

  test('a verdict for a client that has gone does nothing', () => {
    const client = new FrameClient({ onSaslInit: () => undefined });
    client.header(protocolHeaders.sasl).sendSasl(encodeInit, 'PLAIN');
    client.server.connection.transportClosed();
    client.server.connection.answerSasl({ code: 0, additionalData: null });
    client.server.connection.flush();
    expect(client.names).toEqual(['saslMechanisms']);
    expect(client.server.closed).toEqual([null]);
  });

  test('an AMQP frame in its place ends the connection', () => {
    const client = new FrameClient().header(protocolHeaders.sasl).open();
    expect([client.names, client.isEnded]).toEqual([['saslMechanisms'], true]);
  });
});

describe('what breaks the rules closes the connection', () => {
  test.each<[string, string, (client: FrameClient) => unknown]>([
    [
      'a frame of another type',
      'amqp:connection:framing-error',
      (c) => c.raw('0000000902010000ff'),
    ],
    ['a frame that is too large', 'amqp:connection:framing-error', (c) => c.raw('00010001')],
    ['bytes that cannot be decoded', 'amqp:decode-error', (c) => c.raw('000000090200000011')],
    ['a second open', 'amqp:illegal-state', (c) => c.open()],
    ['a channel without a session', 'amqp:not-found', (c) => c.flow({}, 7)],
    ['a session begun twice', 'amqp:not-allowed', (c) => c.begin()],
    ['an answer to no begin', 'amqp:not-allowed', (c) => c.begin({ remoteChannel: 3 }, 3)],
    ['a channel above the maximum', 'amqp:connection:framing-error', (c) => c.begin({}, 8_192)],
    [
      'a handle above the maximum',
      'amqp:connection:framing-error',
      (c) => c.attach({ role: 'sender', handle: 262_144 }),
    ],
  ])('%s: %s', (_, condition, act) => {
    const client = FrameClient.open();
    act(client);
    expect(client.names).toEqual(['close']);
    expect(client.received('close')).toMatchObject([{ condition, info: null }]);
    expect([client.isEnded, client.server.closed]).toMatchObject([true, [{ condition }]]);
    client.open().begin();
    expect(client.names).toEqual(['close']);
  });

  test('before open, ours comes first', () => {
    const client = new FrameClient().header().begin();
    expect(client.names).toEqual(['open', 'close']);
    expect(client.received('close')).toMatchObject([{ condition: 'amqp:illegal-state' }]);
  });
});

describe('closing', () => {
  test('the client does, with an error or without, and is answered once', () => {
    const client = FrameClient.open();
    client.attach({ role: 'sender' });
    client.frames.length = 0;
    client.send(encodeClose, amqpError('amqp:internal-error', 'oh'));
    expect(client.names).toEqual(['close']);
    expect(client.received('close')).toEqual([null]);
    expect(client.isEnded).toBe(true);
    expect(client.server.closed).toMatchObject([{ condition: 'amqp:internal-error' }]);
    expect(client.server.detached).toMatchObject([['link', { condition: 'amqp:internal-error' }]]);
  });

  test('an owner that closes because its links have gone says nothing twice', () => {
    const client = FrameClient.open({
      onIncomingLink: (link) => {
        const onDetached = (): void => {
          client.server.connection.close(amqpError('amqp:internal-error'));
        };
        link.accept({ onDelivery: () => undefined, onDetached }, 1);
      },
    });
    client.attach({ role: 'sender' });
    client.send(encodeClose, null);
    expect(client.received('close')).toEqual([null]);
    expect([client.isEnded, client.server.closed]).toEqual([true, [null]]);
  });

  test('nothing is written to a socket that has gone', () => {
    const client = FrameClient.open();
    client.inOnePiece(() => {
      client.attach({ role: 'sender' });
      client.server.connection.transportClosed();
    });
    expect(client.names).toEqual([]);
  });

  test('the owner does, and waits for the answer', () => {
    const client = FrameClient.open();
    const { connection } = client.server;
    connection.close(amqpError('amqp:connection:forced'));
    connection.close(null);
    connection.flush();
    client.begin({}, 5);
    expect([client.names, client.isEnded]).toEqual([['close'], false]);
    client.send(encodeClose, null);
    expect([client.names, client.isEnded]).toEqual([['close'], true]);
    expect(client.server.closed).toEqual([null]);
  });

  test('the owner does, and does not wait', () => {
    const client = FrameClient.open();
    client.server.connection.abort(amqpError('amqp:connection:forced'));
    client.server.connection.flush();
    expect(client.received('close')).toMatchObject([{ condition: 'amqp:connection:forced' }]);
    expect([client.isEnded, client.server.closed.length]).toEqual([true, 1]);
  });

  test('a client that does not answer is waited for ten seconds', () => {
    const client = FrameClient.open();
    const { connection } = client.server;
    connection.close(null);
    connection.tick(1_000);
    connection.tick(10_999);
    connection.flush();
    expect(client.isEnded).toBe(false);
    connection.tick(11_000);
    connection.flush();
    expect([client.isEnded, client.server.closed]).toEqual([true, [null]]);
  });

  test('the socket goes: links and the owner are told, once', () => {
    const client = FrameClient.open();
    client.attach({ role: 'sender' });
    client.server.connection.transportClosed();
    client.server.connection.transportClosed();
    expect(client.server.detached).toEqual([['link', null]]);
    expect(client.server.closed).toEqual([null]);
  });
});

describe('sessions', () => {
  test('amqp 7: are begun on the channel of the client', () => {
    const client = FrameClient.open().begin({}, 300);
    expect(client.frames[0]?.channel).toBe(300);
    expect(client.received('begin')).toEqual([
      {
        remoteChannel: 300,
        nextOutgoingId: 1,
        incomingWindow: 5_000,
        outgoingWindow: 0xffffffff,
        handleMax: 262_143,
      },
    ]);
  });

  test('a channel above what the client itself allows is refused', () => {
    const client = FrameClient.open({}, { channelMax: 1 }).begin({}, 2);
    expect(client.received('close')).toMatchObject([
      { condition: 'amqp:connection:framing-error' },
    ]);
  });

  test('amqp 10: an end is answered once, and what is late is ignored', () => {
    const client = FrameClient.open();
    client.attach({ role: 'sender' });
    client.frames.length = 0;
    client.inOnePiece(() => {
      client.send(encodeEnd, null).transfer({}).flow({ handle: 0 }).send(encodeEnd, null);
      client.send(encodeDetach, { handle: 0, closed: true, error: null });
    });
    expect(client.names).toEqual(['end']);
    expect(client.server.detached).toEqual([['link', null]]);
    client.begin().attach({ role: 'sender' });
    expect(client.names).toEqual(['end', 'begin', 'attach', 'flow']);
  });

  test('one that breaks its rules ends alone, with the error, and its end is awaited', () => {
    const client = FrameClient.open().begin({}, 1);
    client.attach({ role: 'sender' }).attach({ role: 'sender' }, 1);
    client.frames.length = 0;
    client.transfer({ handle: 99 }).attach({ role: 'receiver', handle: 1 });
    expect(client.names).toEqual(['end']);
    expect(client.received('end')).toMatchObject([{ condition: 'amqp:session:unattached-handle' }]);
    expect(client.server.detached).toMatchObject([
      ['link', { condition: 'amqp:session:unattached-handle' }],
    ]);
    client.send(encodeEnd, null);
    client.transfer({}, Buffer.from('y'), 1);
    expect(client.names).toEqual(['end', 'disposition']);
    expect(client.frames.at(-1)?.channel).toBe(1);
  });

  test.each<[string, string, (client: FrameClient) => unknown]>([
    [
      'a handle in use',
      'amqp:session:handle-in-use',
      (c) => c.attach({ role: 'sender' }).attach({ role: 'sender', name: 'other' }),
    ],
    ['a flow of no link', 'amqp:session:unattached-handle', (c) => c.flow({ handle: 1 })],
    [
      'a transfer on a link of a receiver',
      'amqp:not-allowed',
      (c) => c.attach({ role: 'receiver' }).transfer({}),
    ],
    ['a SASL performative', 'amqp:not-implemented', (c) => c.send(encodeInit, 'PLAIN')],
  ])('%s: %s', (_, condition, act) => {
    const client = FrameClient.open();
    act(client);
    expect(client.received('end')).toMatchObject([{ condition }]);
    expect(client.isEnded).toBe(false);
  });

  test('that break a rule tell all their links, and have their channel again behind the end', () => {
    const client = FrameClient.open();
    client.attach({ role: 'sender' }).attach({ role: 'receiver', name: 'other', handle: 1 });
    client.frames.length = 0;
    client.inOnePiece(() => {
      client.flow({ handle: 7 }).transfer({}).send(encodeEnd, null).send(encodeEnd, null);
    });
    expect(client.names).toEqual(['end']);
    expect(client.server.detached.map(([name]) => name)).toEqual(['link', 'other']);
    client.begin();
    expect(client.names).toEqual(['end', 'begin']);
  });

  test('links of one session have a bound, which counts what they were attached with', () => {
    const client = FrameClient.open({ settings: { endpointBytesMax: 2_048 + 5_000 } });
    const properties = new Map([['k', 'v'.repeat(900)]]);
    const asked = { role: 'sender', properties } as const;
    client.attach({ ...asked, handle: 0 });
    client.send(encodeDetach, { handle: 0, closed: true, error: null });
    client.attach({ ...asked, handle: 1 }).attach({ ...asked, handle: 2, name: 'second' });
    expect(client.received('end')).toMatchObject([{ condition: 'amqp:resource-limit-exceeded' }]);
    expect(client.server.incoming.length).toBe(2);
  });

  test('have a bound together, and are free again when they end', () => {
    const client = FrameClient.open({ settings: { endpointBytesMax: 4 * 2_048 } });
    for (let channel = 1; channel < 4; channel++) {
      client.begin({}, channel);
    }
    client.send(encodeEnd, null, 2).begin({}, 2);
    expect(client.isEnded).toBe(false);
    client.begin({}, 5);
    expect(client.received('close')).toMatchObject([{ condition: 'amqp:resource-limit-exceeded' }]);
  });
});

test('amqp 9: all that a client sends in one piece is answered in one piece', () => {
  const client = new FrameClient();
  client.inOnePiece(() => {
    client.header().open().begin().attach({ role: 'sender', handle: 1 });
    client.attach({ role: 'receiver', handle: 2 }).flow({ handle: 2, linkCredit: 5 });
  });
  expect(client.names).toEqual(['open', 'begin', 'attach', 'attach', 'flow']);
  expect(client.server.outgoing[0]?.credit).toBe(5);
});
