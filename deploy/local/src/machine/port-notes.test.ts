import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { claimedPorts } from '../claimed-ports.js';
import { readConfig } from '../config.js';
import { ephemeralPorts, portNotes } from './port-notes.js';

const ofLinux = { first: 32_768, last: 60_999 };

function notes(env: Readonly<Record<string, string>>, range = ofLinux): readonly string[] {
  const options = { gateways: 2, enginesOnly: false, limits: undefined } as const;
  return portNotes(claimedPorts(readConfig(env, true), options), range);
}

test('the standard ports, and those of an offset below the range, need no word', () => {
  expect(notes({})).toEqual([]);
  expect(notes({ LINCHPIN_PORT_OFFSET: '13674' })).toEqual([]);
});

test('ports that SDKs do not know are told, once for all addresses', () => {
  expect(notes({ LINCHPIN_MQTT_PORT: '18883', LINCHPIN_HTTPS_PORT: '8443' })).toEqual([
    expect.stringMatching(
      /^Azure's SDKs .* and 18883 \(LINCHPIN_MQTT_PORT\), 8443 \(LINCHPIN_HTTPS_PORT\) is another: .* LINCHPIN_LISTEN_ADDRESSES=127\.0\.0\.2/,
    ),
  ]);
});

test('ports that outgoing connections take are told with the offsets that avoid them', () => {
  expect(notes({ LINCHPIN_PORT_OFFSET: '13675' })).toEqual([
    "any program's outgoing connection may hold one of 32768 (LINCHPIN_KAFKA_CONTROLLER_PORT) when " +
      'a process of the hub starts: this machine takes such from 32768 to 60999. A ' +
      'LINCHPIN_PORT_OFFSET up to 13674 stays below',
  ]);
  expect(notes({}, { first: 16_384, last: 60_999 })[0]).toContain('up to 0 stays below');
});

test('the range is the one that the system has', () => {
  const folder = mkdtempSync(join(tmpdir(), 'linchpin-ports-'));
  const file = join(folder, 'range');
  writeFileSync(file, '32768\t60999\n');

  expect(ephemeralPorts(file)).toEqual(ofLinux);
  expect(ephemeralPorts(join(folder, 'gone'))).toBeUndefined();
  rmSync(folder, { recursive: true });
});
