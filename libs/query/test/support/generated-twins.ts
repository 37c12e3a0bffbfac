/** Twins of every shape that conditions can tell apart: few names and few values, so that they meet. */
import fc, { type Arbitrary } from 'fast-check';
import type { JsonObject, JsonValue } from '../../src/json.js';

/** What a row of the tables is made of, and the document that shows it. */
export interface Twin {
  readonly deviceId: string;
  readonly moduleId: string;
  readonly status: 'enabled' | 'disabled';
  readonly statusReason: string | null;
  readonly statusUpdatedTime: Date | null;
  readonly connectionState: 'Connected' | 'Disconnected';
  readonly lastActivityTime: Date | null;
  readonly messageCount: number;
  readonly thumbprint: string | null;
  readonly iotEdge: boolean;
  readonly deviceScope: string | null;
  readonly parentScopes: readonly string[];
  readonly modelId: string;
  readonly version: number;
  readonly tags: JsonObject;
  readonly desired: JsonObject;
  readonly desiredMetadata: JsonObject;
  readonly desiredVersion: number;
  readonly reported: JsonObject;
  readonly reportedMetadata: JsonObject;
  readonly reportedVersion: number;
}

/** Where code points and UTF-16 differ, doubles end, and the languages' own words stand. */
export const texts = [
  '',
  'a',
  'A',
  'ab',
  'b',
  'é',
  '\ufb00',
  '😀',
  '5',
  'true',
  "it's",
  'a\\"b',
  '$1',
];
export const numbers = [
  0, 1, 2, 5, -1, 0.1, 0.2, 0.3, 1.5, 80, 4503599627370495, 1e21, 1e150, 1e300, -1e300, 1e-150,
  1e-300, 5e-324,
];
export const times = [
  '2026-01-01T00:00:00.000Z',
  '2026-03-01T12:00:00.123Z',
  '1969-12-31T23:59:59.999Z',
];
export const keys = ['a', 'b', '0', 'x y', '__proto__'];

const scalar: Arbitrary<JsonValue> = fc.oneof(
  fc.constantFrom(...texts),
  fc.constantFrom(...numbers),
  fc.boolean(),
);
const { value } = fc.letrec<{ value: JsonValue; object: JsonObject }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    { weight: 5, arbitrary: scalar },
    { weight: 2, arbitrary: tie('object') },
    { weight: 2, arbitrary: fc.array(fc.oneof(scalar, tie('value')), { maxLength: 3 }) },
    { weight: 1, arbitrary: fc.constant(null) },
  ),
  object: objectOf(tie('value')),
}));
const section = objectOf(value);

function objectOf(member: Arbitrary<JsonValue>): Arbitrary<JsonObject> {
  return fc
    .uniqueArray(fc.tuple(fc.constantFrom(...keys), member), {
      maxLength: 5,
      selector: ([key]) => key,
    })
    .map((members) => Object.fromEntries(members));
}

const time = fc.option(fc.constantFrom(...times).map((text) => new Date(text)));
const metadata = fc.constantFrom<JsonObject>(
  { $lastUpdated: '2026-01-01T00:00:00.0000000Z' },
  { $lastUpdated: '2026-03-01T12:00:00.0000000Z', a: { $lastUpdatedVersion: 3 } },
);

/** Without names: those must not come twice. */
const content = fc.record<Omit<Twin, 'deviceId' | 'moduleId'>>({
  status: fc.constantFrom('enabled', 'disabled'),
  statusReason: fc.option(fc.constantFrom(...texts)),
  statusUpdatedTime: time,
  connectionState: fc.constantFrom('Connected', 'Disconnected'),
  lastActivityTime: time,
  messageCount: fc.constantFrom(0, 1, 5),
  thumbprint: fc.option(fc.constantFrom('AB', 'CD')),
  iotEdge: fc.boolean(),
  deviceScope: fc.option(fc.constantFrom('a', 'b')),
  parentScopes: fc.array(fc.constantFrom('a', 'b'), { maxLength: 2 }),
  modelId: fc.constantFrom('', 'dtmi:a;1'),
  version: fc.constantFrom(2, 5),
  tags: section,
  desired: section,
  desiredMetadata: metadata,
  desiredVersion: fc.constantFrom(1, 2),
  reported: section,
  reportedMetadata: metadata,
  reportedVersion: fc.constantFrom(1, 5),
});

/** The same for the same seed. */
export function generateTwins(count: number, seed: number): Twin[] {
  return fc.sample(content, { numRuns: count, seed }).map((each, index) => ({
    ...each,
    deviceId: `${texts[index % texts.length] ?? ''}-${index}`,
    moduleId: index % 3 === 0 ? `m${index % 5}` : '',
  }));
}

/** As `GET /twins` shows it. */
export function toDocument(twin: Twin): JsonObject {
  return {
    deviceId: twin.deviceId,
    ...(twin.moduleId !== '' && { moduleId: twin.moduleId }),
    status: twin.status,
    statusReason: twin.statusReason,
    statusUpdateTime: formatTime(twin.statusUpdatedTime),
    connectionState: twin.connectionState,
    lastActivityTime: formatTime(twin.lastActivityTime),
    cloudToDeviceMessageCount: twin.messageCount,
    x509Thumbprint: { primaryThumbprint: twin.thumbprint, secondaryThumbprint: null },
    modelId: twin.modelId,
    version: twin.version,
    tags: twin.tags,
    properties: {
      desired: withOwn(twin.desired, twin.desiredMetadata, twin.desiredVersion),
      reported: withOwn(twin.reported, twin.reportedMetadata, twin.reportedVersion),
    },
    capabilities: { iotEdge: twin.iotEdge },
    ...(twin.deviceScope !== null && { deviceScope: twin.deviceScope }),
    ...(twin.parentScopes.length > 0 && { parentScopes: twin.parentScopes }),
  };
}

function withOwn(section: JsonObject, $metadata: JsonObject, $version: number): JsonObject {
  return { ...section, $metadata, $version };
}

function formatTime(time: Date | null): string {
  return time === null ? '0001-01-01T00:00:00Z' : time.toISOString().replace('Z', '0000Z');
}
