import {
  Client,
  credentials,
  Server,
  ServerCredentials,
  type sendUnaryData,
  type ServerUnaryCall,
} from '@grpc/grpc-js';
import { eventually } from '@linchpin/testing';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { UnaryRpc } from './client.js';
import { HubCalls } from './hub-calls.js';

const path = '/test.Test/Ask';
/** Of a connection at once; services have more. */
const streamsMax = 100;
const sameBytes = (bytes: Buffer): Buffer => bytes;

let server: Server;
let client: Client;
/** Calls that have no answer yet. */
let unanswered: sendUnaryData<Buffer>[];

/** Answers each call whose request is `quick`. */
beforeEach(async () => {
  unanswered = [];
  server = new Server({ 'grpc.max_concurrent_streams': streamsMax });
  const method = {
    path,
    requestStream: false,
    responseStream: false,
    requestSerialize: sameBytes,
    requestDeserialize: sameBytes,
    responseSerialize: sameBytes,
    responseDeserialize: sameBytes,
  } as const;
  server.addService(
    { ask: method },
    {
      ask: ({ request }: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>) => {
        if (request.toString() === 'quick') {
          answer(null, request);
        } else {
          unanswered.push(answer);
        }
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) {
        resolve(bound);
      } else {
        reject(error);
      }
    });
  });
  client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
});

afterEach(() => {
  client.close();
  server.forceShutdown();
});

const ask: UnaryRpc<Buffer, Buffer> = (request, metadata, options, callback) =>
  client.makeUnaryRequest<Buffer, Buffer>(
    path,
    sameBytes,
    sameBytes,
    request,
    metadata,
    options,
    (error, answer = Buffer.alloc(0)) => {
      callback(error, answer);
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
    unanswered.splice(0).forEach((answer) => {
      answer(null, Buffer.from('late'));
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
