import { expect, test } from '@jest/globals';
import { readConfig } from '../config.js';
import type { DefaultHub } from '../default-hub.js';
import type { RunRecord } from '../supervisor/run-file.js';
import { formatHowToConnect } from './how-to-connect.js';
import { ConsoleReporter } from './reporter.js';
import { formatStatusTable, formatStopped, statusReport } from './status-table.js';

const record: RunRecord = {
  state: 'running',
  supervisor: { pid: 100, startTicks: 1, bootId: 'b' },
  since: '2026-11-21T00:00:00.000Z',
  processes: [
    {
      name: 'kafka',
      kind: 'engine',
      identity: undefined,
      port: 19092,
      probePort: undefined,
      healthy: false,
      since: '2026-11-21T00:00:00.000Z',
      restarts: 2,
      stopSignal: 'SIGTERM',
    },
    {
      name: 'gateway-1',
      kind: 'service',
      identity: { pid: 102, startTicks: 3, bootId: 'b' },
      port: 8883,
      probePort: 17422,
      healthy: true,
      since: '2026-11-21T00:00:05.000Z',
      restarts: 0,
      stopSignal: 'SIGTERM',
    },
  ],
};

test('status is a table for people', () => {
  expect(formatStatusTable(record, new Date('2026-11-21T02:00:04Z'))).toBe(
    [
      'The hub is running (pid 100).',
      'name       pid  port   health  up since                    restarts',
      'kafka      -    19092  ended   -                           2',
      'gateway-1  102  8883   ready   2026-11-21 00:00:05Z (1 h)  0',
      '',
    ].join('\n'),
  );
});

test('status is JSON for programs', () => {
  expect(statusReport(record)).toEqual({
    state: 'running',
    processes: [
      {
        name: 'kafka',
        pid: null,
        port: 19092,
        probePort: null,
        healthy: false,
        since: '2026-11-21T00:00:00.000Z',
        restarts: 2,
      },
      {
        name: 'gateway-1',
        pid: 102,
        port: 8883,
        probePort: 17422,
        healthy: true,
        since: '2026-11-21T00:00:05.000Z',
        restarts: 0,
      },
    ],
  });
  expect(statusReport(undefined)).toEqual({ state: 'stopped', processes: [] });
});

test('what a killed runner left is named with how to end it', () => {
  const [, gateway] = record.processes;
  const left = { ...gateway!, identity: gateway!.identity! };

  expect(formatStopped('/s', [left])).toBe(
    'No hub is running, but its runner was killed and gateway-1 (pid 102) still runs, perhaps only to ' +
      'drain. "LINCHPIN_STATE_DIR=/s npm stop" ends what is left.\n',
  );
  expect(formatStopped('/s', [])).toBe(
    'No hub is running. Start one with "LINCHPIN_STATE_DIR=/s npm start".\n',
  );
});

test('every line on the console bears a name', () => {
  const written: string[] = [];
  const reporter = new ConsoleReporter({ write: (text) => written.push(text) }, true);

  reporter.say('two\nlines');
  reporter.log('gateway-1', '{"level":30}');

  expect(written).toEqual([
    'linchpin   | two\n',
    'linchpin   | lines\n',
    'gateway-1  | {"level":30}\n',
  ]);
});

test("in the background the services' lines stay in their logs", () => {
  const written: string[] = [];
  const reporter = new ConsoleReporter({ write: (text) => written.push(text) }, false);

  reporter.log('gateway-1', '{"level":30}');

  expect(written).toEqual([]);
});

const defaultHub = {
  hostName: 'localhost',
  eventsTopic: 'linchpin.events.local',
  limits: 'unlimited',
  sku: 'S1',
  policy: { name: 'iothubowner', primaryKey: 'secret' },
} as const;

function lastWords(
  variables: Readonly<Record<string, string>>,
  hub: DefaultHub | undefined,
  connection: Readonly<Record<string, string>>,
): string {
  const config = readConfig({ LINCHPIN_STATE_DIR: '/s', ...variables });
  const blob = { endpoint: 'https://127.0.0.1:16400/local1', account: 'local1', key: 'secret' };
  const kafka = { kafkaBrokers: '127.0.0.1:19092', kafkaReaders: 'localhost:9093' };
  const engines = { postgresUrl: 'p', redisUrl: 'r', ...kafka, blob };
  return formatHowToConnect(config, { engines, defaultHub: hub, connection }, true);
}

test('the last words of a start can be pasted', () => {
  const text = lastWords({ LINCHPIN_HTTPS_PORT: '8443' }, defaultHub, {
    IOTHUB_CONNECTION_STRING: 'secret',
  });

  expect(text).toContain('mqtts://localhost:8883\n');
  expect(text).toContain('https://localhost:8443\n');
  expect(text).toContain('kafka://localhost:9093   # SASL_SSL');
  expect(text).toContain('https://127.0.0.1:16400/local1');
  expect(text).toContain('limits      none');
  expect(text).toContain('. /s/connection.env   # $IOTHUB_CONNECTION_STRING and');
  expect(text).toContain('kcat -b 127.0.0.1:19092 -t linchpin.events.local -C');
  expect(text).toContain('LINCHPIN_STATE_DIR=/s npm run status; LINCHPIN_STATE_DIR=/s npm stop');
  expect(text).not.toContain('secret');
});

test('where the name of the hub leads nowhere, the addresses stand that listen', () => {
  const text = lastWords({ LINCHPIN_LISTEN_ADDRESSES: '127.0.0.22,127.0.0.23' }, defaultHub, {});

  expect(text).toContain(
    'mqtts://127.0.0.22:8883 mqtts://127.0.0.23:8883   # for who calls it localhost\n',
  );
});

test('without a default hub what listens is told, and nothing of a hub', () => {
  const text = lastWords({ LINCHPIN_LISTEN_ADDRESSES: '127.0.0.22' }, undefined, {
    IOTHUB_CA_FILE: '/s/tls/ca.crt',
  });

  expect(text).toMatch(
    /^all is ready but a default hub\n {2}devices {5}mqtts:\/\/127\.0\.0\.22:8883\n/,
  );
  expect(text).toContain('# $IOTHUB_CA_FILE and');
  expect(text).not.toContain('limits');
});
