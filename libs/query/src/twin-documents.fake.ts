/** The documents of the examples (query-language.md section A9), as the service makes them. */
import type { JsonObject } from './json.js';

interface Facts {
  readonly deviceId: string;
  readonly moduleId?: string;
  readonly status?: string;
  readonly connectionState?: string;
  readonly lastActivityTime?: string;
  readonly tags?: JsonObject;
  readonly desired?: JsonObject;
  readonly reported?: JsonObject;
  readonly iotEdge?: boolean;
  readonly configurations?: JsonObject;
  readonly parentScopes?: readonly string[];
}

export function twinDocument(facts: Facts): JsonObject {
  const { deviceId, moduleId, configurations, parentScopes } = facts;
  return {
    deviceId,
    ...(moduleId !== undefined && { moduleId }),
    etag: 'AAAAAAAAAAE=',
    deviceEtag: 'MQ==',
    status: facts.status ?? 'enabled',
    statusReason: null,
    statusUpdateTime: '0001-01-01T00:00:00Z',
    connectionState: facts.connectionState ?? 'Disconnected',
    lastActivityTime: facts.lastActivityTime ?? '0001-01-01T00:00:00Z',
    cloudToDeviceMessageCount: 0,
    authenticationType: 'sas',
    x509Thumbprint: { primaryThumbprint: null, secondaryThumbprint: null },
    modelId: '',
    version: 2,
    tags: facts.tags ?? {},
    properties: {
      desired: {
        ...facts.desired,
        $metadata: { $lastUpdated: '2026-01-01T00:00:00Z' },
        $version: 1,
      },
      reported: { ...facts.reported, $metadata: {}, $version: 1 },
    },
    capabilities: { iotEdge: facts.iotEdge ?? false },
    ...(configurations !== undefined && { configurations }),
    ...(parentScopes !== undefined && { parentScopes }),
  };
}

export const exampleDevices = [
  twinDocument({
    deviceId: 'dev-1',
    connectionState: 'Connected',
    lastActivityTime: '2026-03-01T12:00:00.0000000Z',
    tags: { location: { region: 'US', plant: 'P43' }, floor: 1 },
    desired: { tc: { freq: '5m' } },
    reported: { battery: 80, tc: { status: 'Success' }, on: true },
  }),
  twinDocument({
    deviceId: 'dev-2',
    tags: { location: { region: 'US', plant: 'P44' }, floor: 2 },
    reported: { battery: 15, tc: { status: 'Pending' }, on: false },
  }),
  twinDocument({
    deviceId: 'Edge-3',
    status: 'disabled',
    connectionState: 'Connected',
    tags: { location: { region: 'DE' }, group: { name: 'g' } },
    iotEdge: true,
    configurations: { 'c-1': { status: 'Applied' } },
    parentScopes: ['ms-azure-iot-edge://root-1'],
  }),
  twinDocument({ deviceId: 'dev-4', reported: { battery: '80', arr: [1, 2] } }),
];

export const exampleModules = [
  twinDocument({ deviceId: 'Edge-3', moduleId: '$edgeAgent', reported: { v: 1 } }),
  twinDocument({ deviceId: 'Edge-3', moduleId: '$edgeHub' }),
  twinDocument({ deviceId: 'dev-1', moduleId: 'm1', reported: { v: 2 } }),
];

export const exampleJobs: readonly JsonObject[] = [
  {
    deviceId: 'dev-1',
    jobId: 'j1',
    jobType: 'scheduleDeviceMethod',
    status: 'completed',
    outcome: { deviceMethodResponse: { status: 200, payload: {} } },
  },
  { deviceId: 'dev-2', jobId: 'j1', jobType: 'scheduleDeviceMethod', status: 'failed' },
];
