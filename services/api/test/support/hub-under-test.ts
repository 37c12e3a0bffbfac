/** The hub that `npm test` started, with a real registry behind its api; for what a fake cannot tell. */
import { Agent } from 'node:https';
import { askHttps, createTokenFor, testHub, type HttpsAnswer } from '@linchpin/testing';

interface HubRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
}

/** A hub of its own of that deployment. */
export interface OwnHub {
  readonly name: string;
  readonly hostName: string;
  /** A token of a policy of the hub, good for an hour. */
  tokenOf(policy: string): string;
}

/** Where its hubs are. */
export const ownHubsPath =
  '/subscriptions/local/resourceGroups/local/providers/Microsoft.Devices/IotHubs';

/** Keeps connections, for thousands of requests. */
const agent = new Agent({ keepAlive: true, maxSockets: 8 });

export function askHub({ method, path, headers = {}, body }: HubRequest): Promise<HttpsAnswer> {
  const { host, authority: ca } = testHub();
  return askHttps({ host, servername: 'localhost', ca, agent, method, path, headers }, body);
}

/** @param settings members of its `properties` besides the host names */
export async function createOwnHub(name: string, settings: object = {}): Promise<OwnHub> {
  const hostName = `${name}.example`;
  const properties = { ...settings, hostNames: [hostName] };
  await administer({ method: 'PUT', path: `/${name}`, body: { location: 'local', properties } });
  const { text } = await administer({ method: 'POST', path: `/${name}/listkeys` });
  const { value } = JSON.parse(text) as { value: { keyName: string; primaryKey: string }[] };
  const keys = new Map(value.map(({ keyName, primaryKey }) => [keyName, primaryKey]));
  const anHourAhead = new Date(Date.now() + 3_600_000);
  return {
    name,
    hostName,
    tokenOf: (policy) => {
      const access = { sharedAccessKeyName: policy, sharedAccessKey: keys.get(policy) ?? '' };
      return createTokenFor({ hostName, ...access }, anHourAhead);
    },
  };
}

export async function deleteOwnHub({ name }: OwnHub): Promise<void> {
  await administer({ method: 'DELETE', path: `/${name}` });
}

async function administer(request: HubRequest): Promise<HttpsAnswer> {
  const path = `${ownHubsPath}${request.path}?api-version=2023-06-30`;
  const headers = { authorization: `Bearer ${testHub().adminToken}` };
  const answer = await askHub({ ...request, path, headers });
  if (answer.status >= 300) {
    throw new Error(`${request.method} ${path} was answered with ${answer.status} ${answer.text}`);
  }
  return answer;
}
