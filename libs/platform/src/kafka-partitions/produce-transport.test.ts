import { expect, test } from '@jest/globals';
import type { Callback, Connection } from '@platformatic/kafka';
import { ProduceTransport, type KafkaClient } from './produce-transport.js';

const broker = { brokers: ['127.0.0.1:1'], clientId: 'test' };
const batch = { topic: 't', partition: 0, bytes: Buffer.from('records') };

/** A client of the library whose connections do with a request what a test chooses. */
class FakeClient {
  isClosed = false;

  constructor(private readonly answer: (callback: Callback<unknown>) => void) {}

  metadata() {
    const address = { host: '127.0.0.1', port: 1 };
    return Promise.resolve({ brokers: new Map([[1, address]]), topics: new Map() });
  }

  get connections() {
    const send = (...parameters: unknown[]): void => {
      this.answer(parameters.at(-1) as Callback<unknown>);
    };
    return { get: () => Promise.resolve({ send } as unknown as Connection) };
  }

  close(): void {
    this.isClosed = true;
  }
}

function transportOf(clients: FakeClient[]): ProduceTransport {
  const createClient = (): KafkaClient => clients.shift() as unknown as KafkaClient;
  return new ProduceTransport(broker, 15_000, createClient);
}

test('a request that the library gives up fails, and its connection is not used again', async () => {
  const metadata = new FakeClient(() => undefined);
  const silent = new FakeClient((callback) => {
    // The library's words for a request without an answer.
    callback(new Error('Request timed out'), null);
  });
  const next = new FakeClient((callback) => {
    callback(new Error('Connection closed'), undefined);
  });
  const transport = transportOf([metadata, silent, next]);

  await expect(transport.produce(1, [batch])).rejects.toThrow('Request timed out');
  expect([metadata.isClosed, silent.isClosed]).toEqual([false, true]);
  await expect(transport.produce(1, [batch])).rejects.toThrow('Connection closed');
});
