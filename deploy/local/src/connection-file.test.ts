import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  connectionVariables,
  engineVariables,
  writeConnectionFile,
  writeNodeAuthorities,
  writeShellFile,
} from './connection-file.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'linchpin-connection-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const blob = { endpoint: 'https://127.0.0.1:16400/local1', account: 'local1', key: 'a2V5+/==' };
const blobConnectionString =
  'DefaultEndpointsProtocol=https;AccountName=local1;AccountKey=a2V5+/==;BlobEndpoint=https://127.0.0.1:16400/local1;';

const hub = {
  hostName: 'localhost',
  eventsTopic: 'linchpin.events.local',
  limits: 'unlimited' as const,
  sku: 'S1',
  policy: { name: 'iothubowner', primaryKey: 'c2VjcmV0+/==' },
};
const places = {
  authorityFile: '/s/tls/ca.crt',
  nodeAuthorityFile: '/s/tls/node-extra-ca.crt',
  kafkaBrokers: '127.0.0.1:19092',
  kafkaReaders: 'localhost:9093',
  blob,
};

test('the variables that back ends need', () => {
  const variables = connectionVariables({ hub, ...places });

  expect(variables).toEqual({
    IOTHUB_HOST: 'localhost',
    IOTHUB_CONNECTION_STRING:
      'HostName=localhost;SharedAccessKeyName=iothubowner;SharedAccessKey=c2VjcmV0+/==',
    EVENTHUBS_CONNECTION_STRING:
      'Endpoint=sb://localhost/;SharedAccessKeyName=iothubowner;SharedAccessKey=c2VjcmV0+/==;EntityPath=linchpin.events.local',
    IOTHUB_CA_FILE: '/s/tls/ca.crt',
    KAFKA_BROKERS: '127.0.0.1:19092',
    KAFKA_READERS: 'localhost:9093',
    KAFKA_EVENTS_TOPIC: 'linchpin.events.local',
    AZURE_STORAGE_CONNECTION_STRING: blobConnectionString,
    NODE_EXTRA_CA_CERTS: '/s/tls/node-extra-ca.crt',
  });
});

test('a hub without a policy for back ends has all but their connection string', () => {
  const variables = connectionVariables({ hub: { ...hub, policy: undefined }, ...places });

  expect(variables).toMatchObject({ IOTHUB_HOST: 'localhost', IOTHUB_CA_FILE: '/s/tls/ca.crt' });
  expect(variables).not.toHaveProperty('IOTHUB_CONNECTION_STRING');
  expect(variables).not.toHaveProperty('EVENTHUBS_CONNECTION_STRING');
});

test('engines go by the names of the services and of the tests', () => {
  const kafka = { kafkaBrokers: 'k', kafkaReaders: undefined };
  const variables = engineVariables({ postgresUrl: 'p', redisUrl: 'r', ...kafka, blob });

  expect(variables).toMatchObject({ LINCHPIN_REDIS_URL: 'r', LINCHPIN_TEST_KAFKA_BROKERS: 'k' });
  expect(variables).toMatchObject({ LINCHPIN_TEST_BLOB_CONNECTION_STRING: blobConnectionString });
  expect(variables).not.toHaveProperty('LINCHPIN_BLOB_CONNECTION_STRING');
});

test.each(['plain', "it's", 'a b;c$d`e"f\\g', "''", '', 'two\nlines', 'HostName=a;Key=b+/=='])(
  'a shell that sources the file gets %j back',
  (value) => {
    const path = join(folder, 'connection.env');
    writeShellFile(path, { VALUE: value });

    const seen = execFileSync('sh', ['-euc', '. "$1"; printenv VALUE', 'sh', path]).toString();

    expect(seen).toBe(`${value}\n`);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  },
);

test('a shell that sourced an earlier file loses what the new one lacks', () => {
  const path = join(folder, 'connection.env');
  writeConnectionFile(path, connectionVariables({ hub: undefined, ...places }));
  const env = { IOTHUB_HOST: 'old', IOTHUB_CONNECTION_STRING: 'old', KAFKA_EVENTS_TOPIC: 'old' };

  const seen = execFileSync('sh', ['-euc', '. "$1"; /usr/bin/env', 'sh', path], { env }).toString();

  expect(seen).toContain('IOTHUB_CA_FILE=/s/tls/ca.crt\n');
  expect(seen).not.toContain('=old');
});

test('what the new file has is set anew', () => {
  const path = join(folder, 'connection.env');
  writeConnectionFile(path, connectionVariables({ hub, ...places }));

  expect(readFileSync(path, 'utf8')).not.toContain('unset');
});

test('authorities that Node knew before stay known, however often a hub starts', () => {
  const ours = join(folder, 'ca.crt');
  const company = join(folder, 'company.crt');
  writeFileSync(ours, 'OURS\n');
  writeFileSync(company, 'COMPANY\n');

  const path = writeNodeAuthorities(ours, company);
  writeFileSync(ours, 'OURS, NEW\n');
  writeNodeAuthorities(ours, path);

  expect(readFileSync(path, 'utf8')).toBe('OURS, NEW\n# Known before:\nCOMPANY\n');
});

test('a file of authorities that is not there is passed over', () => {
  const ours = join(folder, 'ca.crt');
  writeFileSync(ours, 'OURS\n');

  const path = writeNodeAuthorities(ours, '/nowhere.crt');

  expect(readFileSync(path, 'utf8')).toBe('OURS\n# Known before:\n');
});
