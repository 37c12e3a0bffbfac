import { once, type EventEmitter } from 'node:events';
import { InMemorySocket } from '@linchpin/testing';
import rhea, { type Connection, type ConnectionOptions, type EventContext } from 'rhea';
import { TestServer, type TestServerOptions } from './test-server.fake.js';

/** An unmodified rhea client, connected to a server in the same process. */
export interface RheaClient {
  readonly client: Connection;
  readonly server: TestServer;
  /** Every chunk that the server wrote. */
  readonly written: Buffer[];
}

export async function connectRhea(
  serverOptions: TestServerOptions = {},
  clientOptions: Partial<ConnectionOptions> = {},
): Promise<RheaClient> {
  const [clientSocket, serverSocket] = InMemorySocket.pair();
  const written: Buffer[] = [];
  const server = new TestServer(
    (parts) => {
      const bytes = Buffer.concat(parts);
      written.push(bytes);
      serverSocket.write(bytes);
    },
    () => {
      serverSocket.end();
    },
    serverOptions,
  );
  serverSocket.on('data', (chunk: Buffer) => {
    server.connection.push(chunk);
  });
  serverSocket.on('end', () => {
    server.connection.transportClosed();
  });
  const connect = (...args: [unknown, unknown, unknown, () => void]): InMemorySocket => {
    setImmediate(args[3]);
    return clientSocket;
  };
  const client = rhea.create_container().connect({
    reconnect: false,
    connection_details: () => ({ host: 'server', port: 5671, connect }),
    ...clientOptions,
  } as never);
  client.on('disconnected', () => undefined);
  await once(client, 'connection_open');
  return { client, server, written };
}

export async function eventOf(emitter: unknown, event: string): Promise<EventContext> {
  const [context] = (await once(emitter as EventEmitter, event)) as [EventContext];
  return context;
}

/** Many of them may come in one turn. */
export function eventTimes(
  emitter: unknown,
  event: string,
  times: number,
): Promise<EventContext[]> {
  const contexts: EventContext[] = [];
  return new Promise((resolve) => {
    (emitter as EventEmitter).on(event, (context: EventContext) => {
      contexts.push(context);
      if (contexts.length === times) {
        resolve(contexts);
      }
    });
  });
}
