/** Twins of every shape that conditions can tell apart: few names and few values, so that they meet. */
import fc, { type Arbitrary } from 'fast-check';
import type { JsonObject, JsonValue } from '../../src/domain/json-value.js';
import type { ShownTwinParts } from '../../src/domain/twin-query-store.js';
import type { Twin, TwinIdentity } from '../../src/domain/twin.js';

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

const text = fc.constantFrom(...texts);
const time = fc.option(
  fc.constantFrom(...times).map((each) => new Date(each)),
  { nil: undefined },
);
const metadata = fc.constantFrom<JsonObject>(
  { $lastUpdated: '2026-01-01T00:00:00.0000000Z' },
  { $lastUpdated: '2026-03-01T12:00:00.0000000Z', a: { $lastUpdatedVersion: 3 } },
);

/** Names are given by `generateTwins`: none may come twice. */
const identity = fc.record<Omit<TwinIdentity, 'deviceId' | 'moduleId'>>({
  etag: fc.constantFrom('MQ==', 'Mg=='),
  status: fc.constantFrom('enabled', 'disabled'),
  statusReason: fc.option(text, { nil: undefined }),
  statusUpdatedTime: time,
  connectionState: fc.constantFrom('Connected', 'Disconnected'),
  lastActivityTime: time,
  cloudToDeviceMessageCount: fc.constantFrom(0, 1, 5),
  authenticationType: fc.constantFrom('sas', 'selfSigned'),
  primaryThumbprint: fc.option(fc.constantFrom('AB', 'CD'), { nil: undefined }),
  secondaryThumbprint: fc.constant(undefined),
  iotEdge: fc.boolean(),
  deviceScope: fc.option(fc.constantFrom('a', 'b'), { nil: undefined }),
  parentScopes: fc.array(fc.constantFrom('a', 'b'), { maxLength: 2 }),
  modelId: fc.constantFrom('', 'dtmi:a;1'),
});
const versioned = fc.record({ document: section, metadata, version: fc.constantFrom(1, 2, 5) });
const twin = fc.record<Twin>({
  version: fc.constantFrom(2, 5),
  etagCounter: fc.constantFrom(1, 300),
  tags: section,
  desired: versioned,
  reported: versioned,
});

/** The same for the same seed; in the order in which queries find them. */
export function generateTwins(count: number, seed: number): readonly ShownTwinParts[] {
  return fc
    .sample(fc.record({ identity, twin }), { numRuns: count, seed })
    .map((each, index) => ({
      twin: each.twin,
      identity: {
        ...each.identity,
        deviceId: `${texts[index % texts.length] ?? ''}-${index}`,
        moduleId: index % 3 === 0 ? `m${index % 5}` : undefined,
      },
    }))
    .toSorted((one, other) =>
      Buffer.compare(Buffer.from(one.identity.deviceId), Buffer.from(other.identity.deviceId)),
    );
}
