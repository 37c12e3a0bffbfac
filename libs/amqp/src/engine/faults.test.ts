import { expect, test } from '@jest/globals';
import { encodeClose } from '../performatives/ending.js';
import { encodeInit } from '../performatives/performatives.fake.js';
import { protocolHeaders } from '../frames/protocol-header.js';
import { FrameClient } from './frame-client.fake.js';
import type { TestServerOptions } from './test-server.fake.js';

const fault = new TypeError('a fault of the owner');

function fail(): never {
  throw fault;
}

/** A link of each direction, with something to settle and to send. */
function talk(options: TestServerOptions): FrameClient {
  const client = FrameClient.open(options);
  client.attach({ role: 'sender' }).transfer({});
  client.attach({ role: 'receiver', name: 'other', handle: 1 }).flow({ handle: 1, linkCredit: 1 });
  return client;
}

test.each<[string, TestServerOptions]>([
  ['onIncomingLink', { onIncomingLink: fail }],
  ['onOutgoingLink', { onOutgoingLink: fail }],
  ['onDelivery', { onDelivery: fail }],
  ['onCredit', { onCredit: fail }],
])('a fault in %s ends this connection with an internal error, and is told', (_, options) => {
  const client = talk(options);
  expect(client.received('close')).toMatchObject([{ condition: 'amqp:internal-error' }]);
  expect(client.server.faults).toEqual([fault]);
  expect([client.isEnded, client.server.closed.length]).toEqual([true, 1]);
});

test('one in onDetached does not keep others from hearing that the connection is over', () => {
  const detached: string[] = [];
  const client = FrameClient.open({
    onIncomingLink: (link) => {
      link.accept({ onDelivery: fail, onDetached: fail }, 1);
    },
    onOutgoingLink: (link) => {
      const onDetached = (): void => {
        detached.push('other');
      };
      link.accept({ onCredit: fail, onOutcome: fail, onDetached });
    },
  });
  client.attach({ role: 'sender' }).begin({}, 1);
  client.attach({ role: 'receiver', name: 'other' }, 1);
  client.send(encodeClose, null);

  expect(client.received('close')).toEqual([null]);
  expect([client.server.faults, detached]).toEqual([[fault], ['other']]);
  expect(client.server.closed).toEqual([null]);
});

test('one before the connection is open ends it, too', () => {
  const client = new FrameClient({ onSaslInit: fail });
  client.header(protocolHeaders.sasl).sendSasl(encodeInit, 'PLAIN');
  expect(client.server.faults).toEqual([fault]);
  expect([client.isEnded, client.server.closed.length]).toEqual([true, 1]);
});

test('one that the owner meets elsewhere it tells by itself', () => {
  const client = talk({});
  client.server.connection.fail(fault);
  client.server.connection.flush();
  expect(client.received('close')).toMatchObject([{ condition: 'amqp:internal-error' }]);
  expect(client.server.faults).toEqual([fault]);
});
