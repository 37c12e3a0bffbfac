/**
 * Creates the default hub through the api's control plane, as any administrator would, and asks for
 * a key for back ends. A hub that exists is left as its administrators have made it.
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
export type LimitsChoice = 'tier' | 'unlimited';

export interface DefaultHub {
  readonly limits: LimitsChoice;
  /** Azure's name of the tier and its size: `S1`. */
  readonly sku: string;
  readonly hostName: string;
  /** The Kafka topic of the built-in endpoint. */
  readonly eventsTopic: string;
  /** Undefined when no policy allows what back ends need. */
  readonly policy: Policy | undefined;
}

export interface Policy {
  readonly name: string;
  readonly primaryKey: string;
}

export interface DefaultHubOptions {
  /** The best first: the connection string has the first that the hub has. */
  readonly hostNames: readonly string[];
  /** Undefined: none for a new hub, and those that it has for an old one. */
  readonly limits: LimitsChoice | undefined;
  /** Is told what the person should know of a hub that is not as it was asked for. */
  readonly say: (text: string) => void;
}

const resource =
  '/subscriptions/local/resourceGroups/local/providers/Microsoft.Devices/IotHubs/local';
const apiVersion = '2023-06-30';
const answerTimeoutMs = 30_000;

/** The policy that every new hub has for back ends; another will do when it is gone. */
const preferredPolicy = 'iothubowner';
const neededRights = ['RegistryWrite', 'ServiceConnect'];

/** Nothing, and a word to the person, when a name that it is to have has become another hub's. */
export async function ensureDefaultHub(
  controlPlane: ControlPlane,
  options: DefaultHubOptions,
): Promise<DefaultHub | undefined> {
  const hub = await getOrPutHub(controlPlane, options);
  if (hub === undefined) {
    return undefined;
  }
  return {
    hostName: chooseHostName(hub, options),
    eventsTopic: readText(hub, ['properties', 'eventHubEndpoints', 'events', 'path']),
    limits: readText(hub, ['properties', 'limits']) as LimitsChoice,
    sku: readText(hub, ['sku', 'name']),
    policy: await choosePolicy(controlPlane, hub, options),
  };
}

/** Of a hub that is there only the limits change, when some are asked for; its names never do. */
async function getOrPutHub(
  controlPlane: ControlPlane,
  options: DefaultHubOptions,
): Promise<unknown> {
  const found = await send(controlPlane, { method: 'GET', path: resource });
  if (found.status === 404) {
    return createHub(controlPlane, options);
  }
  const hub = readAnswer(found, `GET ${resource}`);
  const { limits } = options;
  if (limits === undefined) {
    return hub;
  }
  const body = { properties: { limits } };
  const answer = await send(controlPlane, { method: 'PUT', path: resource, body });
  return readAnswer(answer, `PUT ${resource}`);
}

async function createHub(
  controlPlane: ControlPlane,
  { hostNames, limits, say }: DefaultHubOptions,
): Promise<unknown> {
  const body = { location: 'local', properties: { hostNames, limits: limits ?? 'unlimited' } };
  const answer = await send(controlPlane, { method: 'PUT', path: resource, body });
  if (answer.status === 409) {
    say(
      `there is no default hub, which would be ${hostNames.join(', ')}: ${readRefusal(answer)} All else is ` +
        'up. Delete that hub over REST (docs/administration.md), or leave its names out of ' +
        'LINCHPIN_LISTEN_ADDRESSES and LINCHPIN_HOST_NAMES (LINCHPIN_CERTIFICATE_NAMES has names that are ' +
        'in the certificate alone), and start again. Until then connection.env is without what names a hub',
    );
    return undefined;
  }
  return readAnswer(answer, `PUT ${resource}`);
}

function chooseHostName(hub: unknown, { hostNames, say }: DefaultHubOptions): string {
  const main = readText(hub, ['properties', 'hostName']);
  const all = (read(hub, ['properties', 'hostNames']) as string[] | undefined) ?? [main];
  const isOfHub = (name: string): boolean => all.includes(name.toLowerCase());
  const others = hostNames.filter((name) => !isOfHub(name));
  const found = hostNames.find(isOfHub);
  if (others.length > 0) {
    say(
      `the default hub has been ${all.join(', ')} since it was made, which never changes: it is not ` +
        `reached as ${others.join(', ')}. For other names make a second hub ` +
        '(docs/administration.md, "Reaching a second hub"), or begin anew with "npm run reset"',
    );
  }
  if (others.length > 0 && found === undefined) {
    say(
      `clients reach it, by IOTHUB_CONNECTION_STRING too, only where LINCHPIN_LISTEN_ADDRESSES has ` +
        `the address of ${all.join(' or ')}`,
    );
  }
  return found?.toLowerCase() ?? main;
}

interface ListedPolicy {
  readonly keyName: string;
  readonly primaryKey: string;
  readonly rights: string;
}

async function choosePolicy(
  controlPlane: ControlPlane,
  hub: unknown,
  { say }: DefaultHubOptions,
): Promise<Policy | undefined> {
  const path = `${resource}/listkeys`;
  const answer = await send(controlPlane, { method: 'POST', path });
  const { value: policies } = readAnswer(answer, `POST ${path}`) as { value: ListedPolicy[] };
  const enough = policies.filter(({ rights }) => {
    const held = rights.split(',').map((right) => right.trim());
    return neededRights.every((right) => held.includes(right));
  });
  const chosen = enough.find(({ keyName }) => keyName === preferredPolicy) ?? enough[0];
  if (chosen === undefined) {
    say(
      `no policy of the default hub has ${neededRights.join(' and ')}: connection.env is without ` +
        'IOTHUB_CONNECTION_STRING. Add a policy (docs/administration.md, "Hubs, with Azure\'s SDK") ' +
        'and start again',
    );
    return undefined;
  }
  if (read(hub, ['properties', 'disableLocalAuth']) === true) {
    say(
      `the default hub refuses what policies' keys sign (disableLocalAuth): IOTHUB_CONNECTION_STRING is of ` +
        'no use until an administrator sets that to false (docs/administration.md, "Who may connect")',
    );
  }
  return { name: chosen.keyName, primaryKey: chosen.primaryKey };
}

interface Question {
  readonly method: 'GET' | 'PUT' | 'POST';
  readonly path: string;
  readonly body?: unknown;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** @throws RunnerError for an answer that is no success */
function readAnswer({ status, text }: Answer, question: string): unknown {
  if (status !== 200 && status !== 201) {
    throw new RunnerError(
      `The api answered ${question} with ${status}: ${text.slice(0, 500)}`,
      'See its log in the state folder, logs/api.log.',
    );
  }
  return JSON.parse(text) as unknown;
}

/** What the api says of its refusal, in its own words. */
function readRefusal({ text }: Answer): string {
  try {
    return readText(JSON.parse(text), ['message']);
  } catch {
    return text.slice(0, 500);
  }
}

async function send(controlPlane: ControlPlane, { method, path, body }: Question): Promise<Answer> {
  const { address, port, hostName, authority, adminToken } = controlPlane;
  const content = body === undefined ? '' : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const question = request(
      {
        host: address,
        port,
        method,
        path: `${path}?api-version=${apiVersion}`,
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
  const found = read(value, path);
  if (typeof found !== 'string' || found === '') {
    throw new RunnerError(
      `The api's answer has no ${path.join('.')}.`,
      'Build all packages of the same version: "npm run build".',
    );
  }
  return found;
}

function read(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, name) => (inner as Record<string, unknown> | undefined)?.[name],
    value,
  );
}
