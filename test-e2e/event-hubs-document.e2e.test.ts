/** The program that docs/event-hubs.md prints, run as it stands there. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { expect, test } from '@jest/globals';
import { eventually } from '@linchpin/testing';
import { Client, Message } from 'azure-iot-device';
import { Mqtt } from 'azure-iot-device-mqtt';
import { programOf } from './support/document.js';
import { hub } from './support/hub.js';
import { createDevice } from './support/registry.js';

test('the Node program prints what a device has sent', async () => {
  const deviceId = `eh-document-${randomUUID()}`;
  const { primaryKey } = await createDevice(deviceId);
  const text = `HostName=${hub.host};DeviceId=${deviceId};SharedAccessKey=${primaryKey}`;
  const device = Client.fromConnectionString(text, Mqtt);
  await device.open();
  await device.sendEvent(new Message(JSON.stringify({ number: 7 })));
  await device.close();
  const child = spawn(
    process.execPath,
    ['--input-type=module', '--eval', programOf('docs/event-hubs.md', 'read-events.mjs')],
    { cwd: import.meta.dirname },
  );
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.startsWith(deviceId)) {
      lines.push(line);
    }
  });
  try {
    await eventually(() => lines.length > 0, 60_000);
  } finally {
    child.kill();
  }

  expect(lines).toEqual([`${deviceId} { number: 7 }`]);
}, 90_000);
