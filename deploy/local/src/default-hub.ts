/**
 * Creates the default hub through the api's control plane, as any administrator would, and asks for
 * the key that back ends use. Both calls may be repeated.
 */
import { request } from 'node:https';
import { isIP } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import { RunnerError } from './runner-error.js';

export interface ControlPlane {
  readonly address: string;
  readonly port: number;
  /** A name in the server's certificate. */
  readonly hostName: string;
  /** PEM text of the authority to trust. */
  readonly authority: string;
  readonly adminToken: string;
}

/** Whether Azure's limits for the hub's tier hold, or none. */
export type HubLimits = 'tier' | 'unlimited';

export interface DefaultHub {
  readonly limits: HubLimits;
  readonly hostName: string;
  /** The Kafka topic of the built-in endpoint. */
  readonly eventsTopic: string;
  readonly policyName: string;
  readonly primaryKey: string;
}

const resource =
  '/subscriptions/local/resourceGroups/local/providers/Microsoft.Devices/IotHubs/local';
const apiVersion = '2023-06-30';
const policyName = 'iothubowner';
const answerTimeoutMs = 30_000;

export interface DefaultHubOptions {
  readonly hostNames: readonly string[];
  readonly limits: HubLimits;
}

export async function createDefaultHub(
  controlPlane: ControlPlane,
  { hostNames, limits }: DefaultHubOptions,
): Promise<DefaultHub> {
  const hub = await call(controlPlane, 'PUT', resource, {
    location: 'local',
    // Whatever else the administrator has changed since the last start stays so.
    properties: { hostNames, limits },
  });
  const key = await call(controlPlane, 'POST', `${resource}/IotHubKeys/${policyName}/listkeys`);
  return {
    hostName: hostNames[0] ?? readText(hub, ['properties', 'hostName']),
    eventsTopic: readText(hub, ['properties', 'eventHubEndpoints', 'events', 'path']),
    limits,
    policyName,
    primaryKey: readText(key, ['primaryKey']),
  };
}

async function call(
  controlPlane: ControlPlane,
  method: 'PUT' | 'POST',
  path: string,
  body?: unknown,
): Promise<unknown> {
  const { status, text } = await send(
    controlPlane,
    method,
    `${path}?api-version=${apiVersion}`,
    body,
  );
  if (status !== 200 && status !== 201) {
    throw new RunnerError(
      `The api answered ${method} ${path} with ${status}: ${text.slice(0, 500)}`,
      'See its log in the state folder, logs/api.log.',
    );
  }
  return JSON.parse(text) as unknown;
}

async function send(
  controlPlane: ControlPlane,
  method: string,
  path: string,
  body: unknown,
): Promise<{ readonly status: number; readonly text: string }> {
  const { address, port, hostName, authority, adminToken } = controlPlane;
  const content = body === undefined ? '' : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const question = request(
      {
        host: address,
        port,
        method,
        path,
        ca: authority,
        // TLS sends no server name that is an address.
        servername: isIP(hostName) === 0 ? hostName : '',
        checkServerIdentity: (_, certificate) => checkServerIdentity(hostName, certificate),
        agent: false,
        signal: AbortSignal.timeout(answerTimeoutMs),
        headers: {
          host: hostName,
          authorization: `Bearer ${adminToken}`,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(content),
        },
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.once('error', reject);
        answer.once('end', () => {
          resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
        });
      },
    );
    question.once('error', reject);
    question.end(content);
  });
}

/** A text deep in an answer; its absence means that runner and api do not fit each other. */
function readText(value: unknown, path: readonly string[]): string {
  const found = path.reduce<unknown>(
    (inner, name) => (inner as Record<string, unknown> | undefined)?.[name],
    value,
  );
  if (typeof found !== 'string' || found === '') {
    throw new RunnerError(
      `The api's answer has no ${path.join('.')}.`,
      'Build all packages of the same version: "npm run build".',
    );
  }
  return found;
}
