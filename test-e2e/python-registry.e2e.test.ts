/** The registry methods of the unmodified Python `azure-iot-hub` against the whole hub. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from '@jest/globals';
import { hub } from './support/hub.js';

const id = `py-${randomUUID()}`;
const sas = `${id}-sas`;
let outcomes: Record<string, unknown>;

beforeAll(async () => {
  const python = process.env['LINCHPIN_TEST_PYTHON'] ?? 'python3';
  const script = join(import.meta.dirname, 'python', 'manage_registry.py');
  const { stdout } = await promisify(execFile)(python, [script, hub.connectionString, id], {
    env: { ...process.env, IOTHUB_CA_FILE: hub.authorityFile },
  });
  outcomes = JSON.parse(stdout) as typeof outcomes;
}, 120_000);

const keyA = 'AAECAwQFBgcICQoLDA0ODw==';
const keyB = 'EBESExQVFhcYGRobHB0eHw==';
const keys = (primary_key: string, secondary_key: string) => ({
  type: 'sas',
  symmetric_key: { primary_key, secondary_key },
});
const thumbprints = (x509_thumbprint: object) => ({ type: 'selfSigned', x509_thumbprint });
const thumbprintA = 'AB'.repeat(20);
const thumbprintB = 'CD'.repeat(32);
const authority = { type: 'certificateAuthority' };
const applied = { is_successful: true, errors: [], warnings: [] };

test.each<[string, object]>([
  [
    'create_device_with_sas',
    {
      device_id: sas,
      status: 'enabled',
      connection_state: 'Disconnected',
      authentication: keys(keyA, keyB),
      capabilities: { iot_edge: true },
      device_scope: expect.stringContaining(`ms-azure-iot-edge://${sas}-`),
    },
  ],
  [
    'create_device_with_x509',
    {
      status: 'disabled',
      status_reason: 'new',
      authentication: thumbprints({
        primary_thumbprint: thumbprintA,
        secondary_thumbprint: thumbprintB,
      }),
    },
  ],
  [
    'create_device_with_certificate_authority',
    {
      authentication: authority,
      parent_scopes: [expect.stringContaining(`ms-azure-iot-edge://${sas}-`)],
    },
  ],
  ['get_device', { device_id: sas, authentication: keys(keyA, keyB) }],
  ['update_device_with_sas', { status: 'disabled', authentication: keys(keyB, keyA) }],
  [
    'update_device_with_x509',
    { status: 'enabled', authentication: thumbprints({ primary_thumbprint: thumbprintB }) },
  ],
  ['update_device_with_certificate_authority', { status: 'disabled', authentication: authority }],
  ['get_devices', [{ device_id: expect.any(String) }]],
  [
    'create_module_with_sas',
    { device_id: sas, module_id: 'sas', managed_by: 'me', authentication: keys(keyA, keyB) },
  ],
  ['create_module_with_x509', { authentication: thumbprints({ primary_thumbprint: thumbprintA }) }],
  ['create_module_with_certificate_authority', { authentication: authority }],
  ['get_module', { module_id: 'sas', managed_by: 'me' }],
  ['update_module_with_sas', { managed_by: 'you', authentication: keys(keyB, keyA) }],
  [
    'update_module_with_x509',
    {
      managed_by: 'you',
      authentication: thumbprints({
        primary_thumbprint: thumbprintA,
        secondary_thumbprint: thumbprintB,
      }),
    },
  ],
  ['update_module_with_certificate_authority', { managed_by: 'you', authentication: authority }],
  ['get_modules', ['ca', 'sas', 'x509'].map((module_id) => ({ module_id }))],
  ['bulk create', applied],
  ['bulk delete', applied],
  [
    'bulk with a failure',
    {
      is_successful: false,
      errors: [
        { device_id: `${id}-bulk1`, error_code: 'DeviceAlreadyExists', operation: 'create' },
      ],
    },
  ],
  ['bulk update', applied],
])('%s', (name, expected) => {
  expect(outcomes[name]).toMatchObject(expected);
});

test('what is deleted is answered with nothing', () => {
  const deletions = ['delete_device -sas', 'delete_device -x509', 'delete_device -ca'];
  for (const name of [...deletions, 'delete_module']) {
    expect(outcomes[name]).toBeNull();
  }
});

test('statistics', () => {
  const { total_device_count, enabled_device_count, disabled_device_count } = outcomes[
    'get_device_registry_statistics'
  ] as Record<string, number>;
  expect(total_device_count).toBeGreaterThanOrEqual(3);
  expect(enabled_device_count! + disabled_device_count!).toBe(total_device_count);
  expect(outcomes['get_service_statistics']).toEqual({
    connected_device_count: expect.any(Number),
  });
});

test.each([
  ['create again', 409],
  ['create with a bad key', 400],
  ['update with a stale etag', 412],
  ['update what is missing', 404],
  ['delete with a stale etag', 412],
  ['create a module again', 409],
  ['create a module of nothing', 404],
  ['update a module with a stale etag', 412],
  ['get a module that is missing', 404],
  ['delete what is missing', 404],
  ['bulk with too many', 413],
])('%s is refused with %i', (name, status) => {
  expect(outcomes[name]).toBe(status);
});

test('a bulk request that is refused as a whole with 400 is an empty result to this SDK', () => {
  expect(outcomes['bulk with an id twice']).toEqual({});
});

test('service-rest 69: Python: get_device of what is missing raises 404', () => {
  expect(outcomes['get what is missing']).toBe(404);
});
