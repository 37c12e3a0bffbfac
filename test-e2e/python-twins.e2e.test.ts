/** Twins, queries and digital twins with the unmodified Python `azure-iot-hub`. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from '@jest/globals';
import { hub } from './support/hub.js';
import { createDevice, createModule } from './support/registry.js';

const id = `py-${randomUUID()}`;
let outcomes: Record<string, unknown>;

beforeAll(async () => {
  await createDevice(id);
  await createModule(id, 'm1');
  const python = process.env['LINCHPIN_TEST_PYTHON'] ?? 'python3';
  const script = join(import.meta.dirname, 'python', 'manage_twins.py');
  const { stdout } = await promisify(execFile)(python, [script, hub.connectionString, id], {
    env: { ...process.env, IOTHUB_CA_FILE: hub.authorityFile },
  });
  outcomes = JSON.parse(stdout) as typeof outcomes;
}, 120_000);

const patched = {
  tags: { floor: 2, site: id },
  properties: { desired: { rate: 5, $version: 2 }, reported: { $version: 1 } },
};

test.each<[string, object]>([
  ['get_twin', { device_id: id, status: 'enabled', connection_state: 'Disconnected', tags: {} }],
  ['update_twin', patched],
  [
    'update a whole twin',
    { tags: patched.tags, properties: { desired: { rate: 5, $version: 3 } } },
  ],
  ['replace_twin', { tags: { site: id }, properties: { desired: { rate: 5 } } }],
  ['update_module_twin', { module_id: 'm1', ...patched }],
  ['get_module_twin', { device_id: id, module_id: 'm1', ...patched }],
  ['replace_module_twin', { tags: {}, properties: { desired: { rate: 5, $version: 2 } } }],
  ['query devices', [[[id, null]]]],
  ['query devices.modules', [[[id, 'm1']]]],
  [
    'get_digital_twin',
    {
      $dtId: id,
      thermostat: { $metadata: { target: { desiredValue: 20, desiredVersion: 4 } } },
      $metadata: { rate: { desiredValue: 5, desiredVersion: 3 } },
    },
  ],
])('%s', (name, expected) => {
  expect(outcomes[name]).toMatchObject(expected);
});

test('update_digital_twin is answered with nothing', () => {
  expect(outcomes['update_digital_twin']).toBeNull();
});

test.each([
  ['update with a stale etag', 412],
  ['update with a bad key', 400],
  ['get what is missing', 404],
  ['get a module that is missing', 404],
  ['query what is none', 400],
  ['update with a stale tag', 412],
  ['get no digital twin', 404],
])('%s is refused with %i', (name, status) => {
  expect(outcomes[name]).toBe(status);
});
