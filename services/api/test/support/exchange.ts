import { once } from 'node:events';
import { request as httpsRequest, type Agent } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import { connect, type TLSSocket } from 'node:tls';
import { expect } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import { adminToken, type TestApi } from './start-test-api.js';

export const apiVersion = 'api-version=2021-04-12';
/** Of the control plane. */
export const resourceApiVersion = 'api-version=2023-06-30';

/** With an api-version where the path has no query. */
export function withApiVersion(path: string): string {
  const version = /^\/(subscriptions|providers)\//i.test(path) ? resourceApiVersion : apiVersion;
  return path.includes('?') ? path : `${path}?${version}`;
}

export interface Question {
  readonly method?: string;
  /** With api-version, unless it is the point of the test. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly agent?: Agent;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Undefined when it is no JSON. */
  readonly json: AnswerJson;
}

/** Of an error of the shape B (service-rest.md section 1.6): its status, and its code as a name and as a number. */
export function errorOf({ status, headers, json }: Answer): unknown[] {
  const { errorCode } = JSON.parse(json.Message) as { errorCode: number };
  return [status, headers['iothub-errorcode'], errorCode];
}

/** What tests look at in answers; which of it is there depends on the question. */
interface AnswerJson {
  readonly Message: string;
  readonly message: string;
  readonly etag: string;
  readonly deviceId: string;
  readonly moduleId: string;
  readonly managedBy: string;
  readonly generationId: string;
  readonly authentication: { readonly symmetricKey: { readonly primaryKey: string } };
  readonly totalDeviceCount: number;
  readonly enabledDeviceCount: number;
  readonly disabledDeviceCount: number;
  readonly value: readonly { readonly name: string; readonly keyName: string }[];
  readonly name: string;
  readonly nextLink: string | undefined;
  readonly properties: object;
  readonly primaryKey: string;
  readonly isSuccessful: boolean;
  readonly errors: readonly { readonly deviceId: string; readonly errorCode: string }[];
}

/**
 * One request, as an SDK would send it; a body that is no text goes as JSON. Its line is in the log when
 * the answer is given back: it may come behind it.
 */
export async function ask(api: TestApi, question: Question): Promise<Answer> {
  const answer = await send(api, question);
  const id = answer.headers['x-ms-request-id'];
  await eventually(() => api.log.findLast(({ requestId }) => requestId === id) !== undefined);
  if (answer.status >= 300) {
    // service-rest 67, whatever the test is about.
    expect(answer.headers['iothub-errorcode']).toMatch(/^[A-Z]\w+$/);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(answer.json).toBeInstanceOf(Object);
  }
  return answer;
}

async function send(api: TestApi, question: Question): Promise<Answer> {
  const { method = 'GET', path, headers = {}, body, agent } = question;
  const content = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const sent = httpsRequest(
      {
        ...{ host: '127.0.0.1', port: api.port, ca: api.authority, method, path, headers },
        // Whatever the header Host says.
        servername: 'localhost',
        agent: agent ?? false,
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.once('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            text,
            json: parseIfJson(text),
          });
        });
      },
    );
    sent.once('error', reject);
    if (content !== '') {
      sent.setHeader('content-length', Buffer.byteLength(content));
    }
    sent.end(content);
  });
}

/** As the holder of a policy asks, with an api-version where the path has no query. */
export async function askAs(api: TestApi, policy: string, question: Question): Promise<Answer> {
  const { path, headers } = question;
  return ask(api, {
    ...question,
    path: withApiVersion(path),
    headers: { authorization: api.tokenOf(policy), ...headers },
  });
}

/** As the administrator of the deployment asks, with an api-version where the path has no query. */
export function administer(api: TestApi, question: Question): Promise<Answer> {
  const { path } = question;
  return ask(api, {
    ...question,
    path: withApiVersion(path),
    headers: { authorization: `Bearer ${adminToken}`, ...question.headers },
  });
}

/** Where the hubs of the tests' resource group are. */
export const hubsPath =
  '/subscriptions/sub/resourceGroups/group/providers/Microsoft.Devices/IotHubs';

export async function dial(api: TestApi): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port: api.port, ca: api.authority });
  await once(socket, 'secureConnect');
  return socket;
}

interface RawAnswer {
  readonly text: string;
  readonly statuses: readonly number[];
}

/** All that comes back on a connection of its own until the server ends it. */
export async function sendRaw(api: TestApi, ...parts: (string | Buffer)[]): Promise<RawAnswer> {
  const socket = await dial(api);
  // A server that has answered may refuse the rest.
  socket.on('error', () => undefined);
  for (const part of parts) {
    socket.write(part);
  }
  return readToEnd(socket);
}

export async function readToEnd(socket: TLSSocket): Promise<RawAnswer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise((resolve) => socket.once('close', resolve));
  const text = Buffer.concat(chunks).toString('latin1');
  const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
  return { text, statuses };
}

function parseIfJson(text: string): AnswerJson {
  try {
    return JSON.parse(text) as AnswerJson;
  } catch {
    return undefined as unknown as AnswerJson;
  }
}
