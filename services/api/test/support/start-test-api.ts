import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@linchpin/platform/logging';
import { authorityOf, createTestCertificate, createTokenFor, testEngines } from '@linchpin/testing';
import { startApi, type RunningApi } from '../../src/start-api.js';
import { loadConfig } from '../../src/config.js';
import { FakeRegistry } from './fake-registry.js';
import type { StoredHub } from './stored-hub.js';

export const adminToken = 'a-token-for-administrators-only';

/** One hub on an api of its own, with all that a test asks it by. */
export interface TestApi {
  readonly registry: FakeRegistry;
  readonly hub: StoredHub;
  /** The first of `ports`. */
  readonly port: number;
  readonly ports: readonly number[];
  readonly probePort: number;
  /** PEM text of what a client must trust. */
  readonly authority: string;
  readonly certificateFolder: string;
  /** The api's log so far, a line each. */
  readonly log: readonly Record<string, unknown>[];
  /** A token of a policy of the hub, good for an hour. */
  tokenOf(policy: string): string;
  stop(): Promise<void>;
}

export const hostName = '127.0.0.1';

/** @param keyTypes of its certificates, `<type>.crt` and `<type>.key` each; RSA keys take long to make */
export async function startTestApi(
  variables: Record<string, string> = {},
  keyTypes: readonly ('rsa' | 'ec')[] = ['ec'],
): Promise<TestApi> {
  const folder = mkdtempSync(join(tmpdir(), 'api-'));
  const pairs = keyTypes.map((type) => createTestCertificate(folder, type, type));
  const registry = new FakeRegistry();
  await registry.start();
  const hub = registry.addHub({
    name: 'Test',
    subscriptionId: 'sub',
    resourceGroup: 'group',
    location: 'local',
    hostNames: [hostName],
  });
  const lines: Record<string, unknown>[] = [];
  const config = loadConfig({
    LINCHPIN_PROFILE: 'dev',
    LINCHPIN_LOG_LEVEL: 'trace',
    LINCHPIN_PROBE_LISTEN: '127.0.0.1:0',
    LINCHPIN_HTTPS_LISTEN: '127.0.0.1:0',
    LINCHPIN_TLS_CERT_FILE: pairs.map(({ certificate }) => certificate).join(','),
    LINCHPIN_TLS_KEY_FILE: pairs.map(({ key }) => key).join(','),
    LINCHPIN_REGISTRY_ADDRESS: registry.address,
    LINCHPIN_REDIS_URL: testEngines().redisUrl,
    LINCHPIN_TOPIC_PREFIX: randomUUID(),
    LINCHPIN_FILE_UPLOAD_ADDRESS: registry.address,
    LINCHPIN_TWIN_ADDRESS: registry.address,
    LINCHPIN_CLOUD_TO_DEVICE_ADDRESS: registry.address,
    LINCHPIN_ADMIN_TOKEN: adminToken,
    LINCHPIN_EVENTS_ENDPOINT: 'kafka.example:9092',
    ...variables,
  });
  const logger = createLogger({
    service: 'api',
    level: config.logLevel,
    destination: {
      write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>),
    },
  });
  const api: RunningApi = await startApi(config, logger);
  const [port = 0] = api.httpsPorts;
  return {
    registry,
    hub,
    port,
    ports: api.httpsPorts,
    probePort: api.probePort,
    authority: authorityOf(...pairs),
    certificateFolder: folder,
    log: lines,
    tokenOf: (policy) => tokenOf(hub, policy),
    stop: async () => {
      await api.stop();
      registry.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

/** @param host under which the hub is known */
export function tokenOf(
  { policies }: StoredHub,
  sharedAccessKeyName: string,
  host = hostName,
): string {
  const policy = policies.find(({ name }) => name === sharedAccessKeyName);
  const sharedAccessKey = policy?.primaryKey ?? '';
  const anHourAhead = new Date(Date.now() + 3_600_000);
  return createTokenFor({ hostName: host, sharedAccessKeyName, sharedAccessKey }, anHourAhead);
}
