import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createLogger } from '../logging/index.js';
import { createMetrics } from '../metrics/index.js';
import { HttpConnectionEvents } from './http-connection-events.js';
import { OpenConnections, type BegunRequest } from './open-connections.js';

const exchangeMs = 1_000;
const client = { address: '192.0.2.1', tlsVersion: '1.3' } as const;
const place = { ended: jest.fn() };
let connections: OpenConnections;
let socket: Socket;

beforeEach(() => {
  place.ended.mockClear();
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] });
  const logger = createLogger({ service: 'test', level: 'silent' });
  connections = new OpenConnections(
    new HttpConnectionEvents(logger, createMetrics('test')),
    exchangeMs,
  );
  socket = new Socket();
  connections.add(socket, client, place);
});

afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

function begin(): { readonly begun: BegunRequest; readonly response: ServerResponse } {
  const request = new IncomingMessage(socket);
  const response = new ServerResponse(request);
  const begun = connections.begin(request, response);
  expect(begun).toBeDefined();
  return { begun: begun!, response };
}

/** As Node says when the last byte has left. */
function send(response: ServerResponse): void {
  Object.defineProperty(response, 'writableFinished', { value: true });
  response.emit('close');
}

test('who listens hears that the client has gone, also when it had before', () => {
  const heard: string[] = [];
  const early = begin();
  early.begun.onGone(() => heard.push('early'));
  const late = begin();
  socket.emit('close');
  late.begun.onGone(() => heard.push('late'));
  late.begun.allow(60_000);

  expect(heard).toEqual(['early', 'late']);
});

test('an answer that was sent leaves nobody to go', async () => {
  const { begun, response } = begin();
  begun.onGone(() => {
    throw new Error('it has its answer');
  });
  send(response);
  socket.emit('close');

  await begun.ended;
});

test('an answer has its time from when it is the next, and so much more as it asks for', () => {
  const slow = begin();
  const behind = begin();
  slow.begun.allow(5_000);
  jest.advanceTimersByTime(5_000);
  send(slow.response);
  jest.advanceTimersByTime(exchangeMs - 1);
  expect(socket.destroyed).toBe(false);
  jest.advanceTimersByTime(1);

  expect(socket.destroyed).toBe(true);
  socket.emit('close');
  expect(behind.response.writableFinished).toBe(false);
});

test('of several answers that a stop awaits the last one closes the connection', async () => {
  const first = begin();
  const second = begin();
  const end = connections.drain(60_000);
  const third = begin();

  expect([first, second, third].map(({ response }) => response.getHeader('Connection'))).toEqual([
    undefined,
    undefined,
    'close',
  ]);
  [first, second, third].forEach(({ response }) => {
    send(response);
  });
  socket.emit('close');
  await end;
});

describe('a connection that is to speak something else', () => {
  test('is released with its place, and a stop does not wait for it', async () => {
    expect(connections.release(socket)).toBe(client);

    expect(place.ended).toHaveBeenCalledTimes(1);
    await connections.drain(60_000);
    expect(socket.destroyed).toBe(false);
  });

  test('is kept while an answer is to be sent', () => {
    const { response } = begin();
    expect(connections.release(socket)).toBeUndefined();
    send(response);
    expect(connections.release(socket)).toBe(client);
  });

  test('is not let go during a stop', async () => {
    const end = connections.drain(60_000);
    expect(connections.release(socket)).toBeUndefined();
    socket.emit('close');
    await end;
  });
});
