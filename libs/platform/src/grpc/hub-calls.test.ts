import { Client, credentials } from '@grpc/grpc-js';
import { eventually } from '@linchpin/testing';
import { RpcServer } from '@linchpin/testing/grpc';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { UnaryRpc } from './unary-rpc.js';
import { HubCalls } from './hub-calls.js';

const path = '/test.Test/Ask';
/** Of a connection at once; services have more. */
const streamsMax = 100;
const sameBytes = (bytes: Buffer): Buffer => bytes;

const method = {
  path,
  requestStream: false,
  responseStream: false,
  requestSerialize: sameBytes,
  requestDeserialize: sameBytes,
  responseSerialize: sameBytes,
  responseDeserialize: sameBytes,
} as const;

let server: RpcServer;
let client: Client;
/** Calls that have no answer yet. */
let unanswered: ((answer: Buffer) => void)[];

/** Answers each call whose request is `quick`. */
const answer = (request: Buffer): Buffer | Promise<Buffer> =>
  request.toString() === 'quick'
    ? request
    : new Promise<Buffer>((resolve) => {
        unanswered.push(resolve);
      });

beforeEach(async () => {
  unanswered = [];
  server = await RpcServer.start([[{ ask: method }, { ask: answer }]], { callsMax: streamsMax });
  client = new Client(server.address, credentials.createInsecure());
});

afterEach(() => {
  client.close();
  server.stop();
});

const ask: UnaryRpc<Buffer, Buffer> = (request, metadata, options, callback) =>
  client.makeUnaryRequest<Buffer, Buffer>(
    path,
    sameBytes,
    sameBytes,
    request,
    metadata,
    options,
    (error, response = Buffer.alloc(0)) => {
      callback(error, response);
    },
  );

test('a hub with more calls than a connection takes keeps those about another from nothing', async () => {
  const calls = new HubCalls(10_000);
  const about = (hub: string, request: string): Promise<Buffer> =>
    calls.call(hub, ask, Buffer.from(request), { name: 'Test/Ask' });
  const flood = Array.from({ length: 3 * streamsMax }, () => about('flooding', 'slow'));
  await eventually(() => unanswered.length > 0);

  expect(await about('other', 'quick')).toEqual(Buffer.from('quick'));

  const answerAll = setInterval(() => {
    unanswered.splice(0).forEach((resolve) => {
      resolve(Buffer.from('late'));
    });
  });
  expect(await Promise.all(flood)).toHaveLength(flood.length);
  clearInterval(answerAll);
});

test('a call waits for its turn no longer than three quarters of its time, and for both no longer than all of it', async () => {
  const calls = new HubCalls(400);
  const flood = Array.from({ length: 2 * streamsMax }, () =>
    calls
      .call('flooding', ask, Buffer.from('slow'), { name: 'Test/Ask' })
      .catch((error: unknown) => (error as { code: string }).code),
  );
  const begunMs = performance.now();
  const codes = new Set(await Promise.all(flood));

  expect(codes).toEqual(new Set(['ServiceUnavailable', 'GenericTimeout']));
  expect(performance.now() - begunMs).toBeLessThan(5_000);
});
