/** The hub under test, which `npm test` started: two gateways behind one load balancer. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseConnectionString } from '@linchpin/testing';

interface HubUnderTest {
  /** Also its address. */
  readonly host: string;
  /** Of the policy iothubowner. */
  readonly connectionString: string;
  readonly owner: { readonly name: string; readonly key: string };
  /** The authority of its server certificate, PEM. */
  readonly authority: string;
  readonly authorityFile: string;
  readonly kafkaBrokers: string[];
  readonly eventsTopic: string;
  readonly hubEventsTopic: string;
  readonly stateDir: string;
  readonly adminToken: string;
}

/** What `connection.env` of the hub under test says. */
export const hub: HubUnderTest = readHub();

function readHub(): HubUnderTest {
  const connectionString = read('IOTHUB_CONNECTION_STRING');
  const { sharedAccessKeyName, sharedAccessKey } = parseConnectionString(connectionString);
  const authorityFile = read('IOTHUB_CA_FILE');
  const stateDir = read('LINCHPIN_STATE_DIR');
  return {
    host: read('IOTHUB_HOST'),
    connectionString,
    owner: { name: sharedAccessKeyName ?? '', key: sharedAccessKey ?? '' },
    authority: readFileSync(authorityFile, 'utf8'),
    authorityFile,
    kafkaBrokers: read('KAFKA_BROKERS').split(','),
    eventsTopic: read('KAFKA_EVENTS_TOPIC'),
    hubEventsTopic: 'linchpin.hub-events',
    stateDir,
    adminToken: readFileSync(join(stateDir, 'secrets', 'admin-token'), 'utf8').trim(),
  };
}

function read(name: string): string {
  const value = process.env[name];
  if (value === undefined) {
    throw new Error(`${name} is not set: run \`npm test\`, which starts the hub under test`);
  }
  return value;
}
