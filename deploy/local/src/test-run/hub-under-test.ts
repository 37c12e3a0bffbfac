/**
 * The hub that integration and end-to-end tests use: new at each run, on an address, ports and a
 * state folder of its own, so that it runs beside a developer's.
 */
import { join } from 'node:path';
import { readConfig } from '../config.js';
import { engineVariables } from '../connection-file.js';
import type { Reporter } from '../console/reporter.js';
import { emptyStateFolder } from '../empty-state-folder.js';
import { Hub } from '../hub.js';
import { portTable } from '../ports.js';
import { refusedVariables } from '../services/decided-variables.js';
import { statePaths } from '../state-folder.js';

export interface HubUnderTest {
  /** What the tests read from their environment. */
  readonly variables: Readonly<Record<string, string>>;
  readonly logsFolder: string;
  stop(): Promise<void>;
}

/**
 * Two clones' tests run side by side when one of them is given another address and offset. What a
 * shell says about a developer's hub (`. .linchpin/engines.env` gives its engines) is not for this
 * one: an empty variable counts as none.
 */
export function placeOf(
  environment: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const others = [
    'LINCHPIN_POSTGRES_URL',
    'LINCHPIN_REDIS_URL',
    'LINCHPIN_KAFKA_BROKERS',
    'LINCHPIN_HOST_NAMES',
    'LINCHPIN_CERTIFICATE_NAMES',
    'LINCHPIN_DEFAULT_DOMAIN',
    'LINCHPIN_BLOB_HOSTS',
    ...Object.values(portTable).map(({ variable }) => variable),
    // Of a service that is run by hand.
    ...refusedVariables.keys(),
  ];
  return {
    ...Object.fromEntries(others.map((name) => [name, ''])),
    LINCHPIN_STATE_DIR: join('.linchpin', 'test'),
    LINCHPIN_LISTEN_ADDRESSES: environment['LINCHPIN_TEST_ADDRESS'] ?? '127.0.0.2',
    LINCHPIN_PORT_OFFSET: environment['LINCHPIN_TEST_PORT_OFFSET'] ?? '11000',
  };
}

/** Where a test may listen for the traces that every process exports; beyond the last gateway's. */
const tracesPort = 17_600;

/** Where a test may be the issuer whose bearer tokens the hub trusts. */
const issuerPort = 17_601;

/** Short, so that what waits for a time limit need not wait long. */
const testSettings = {
  LINCHPIN_FAULT_INJECTION: 'true',
  LINCHPIN_MQTT_CONNECT_TIMEOUT_MS: '8000',
  LINCHPIN_TLS_HANDSHAKE_TIMEOUT_MS: '8000',
};

export async function startHubUnderTest(
  environment: Readonly<Record<string, string>>,
  reporter: Reporter,
): Promise<HubUnderTest> {
  const place = placeOf(environment);
  const traces = String(tracesPort + Number(place['LINCHPIN_PORT_OFFSET']));
  const { stateDir } = readConfig({ ...environment, ...place });
  const issuer = `https://127.0.0.1:${issuerPort + Number(place['LINCHPIN_PORT_OFFSET'])}`;
  const config = readConfig({
    ...environment,
    ...place,
    ...testSettings,
    LINCHPIN_OIDC_ISSUER: issuer,
    LINCHPIN_OIDC_AUDIENCE: 'https://iothubs.azure.net,linchpin',
    // It has the hub's own certificate.
    LINCHPIN_OIDC_CA_FILE: join(statePaths(stateDir).tls, 'ca.crt'),
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${traces}`,
  });
  await emptyStateFolder(config.stateDir, reporter);
  const hub = new Hub(config, { gateways: 2, enginesOnly: false, limits: 'unlimited' }, reporter);
  const { engines, connection } = await hub.start();
  return {
    variables: {
      ...engineVariables(engines),
      ...connection,
      LINCHPIN_STATE_DIR: config.stateDir,
      LINCHPIN_TEST_TRACES_PORT: traces,
      LINCHPIN_TEST_ISSUER: issuer,
    },
    logsFolder: statePaths(config.stateDir).logs,
    stop: () => hub.stop(),
  };
}
