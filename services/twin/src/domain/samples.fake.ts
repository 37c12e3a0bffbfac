/** Documents and patches for property tests, from keys that collide often and values of every kind. */
import fc from 'fast-check';
import type { JsonObject, JsonValue } from './json-value.js';
import { freshTwin, type Twin, type TwinIdentity } from './twin.js';

export const now = new Date('2026-06-01T22:27:50.261Z');
export const nowText = '2026-06-01T22:27:50.2610000Z';

const keys = fc.constantFrom('a', 'b', 'c', 'é', '0', '__proto__', 'constructor', 'toString');
const scalars = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 3 }).filter((text) => !text.includes('\0')),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }),
  fc.boolean(),
);

function objects(leaves: fc.Arbitrary<JsonValue>): fc.Arbitrary<JsonObject> {
  const { object } = fc.letrec<{ object: JsonObject; value: JsonValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3, depthSize: 'small', withCrossShrink: true },
      leaves,
      tie('object'),
    ),
    object: objectOf(tie('value')),
  }));
  return object;
}

/** `fc.dictionary` would set the prototype of what has a key `__proto__`. */
function objectOf(values: fc.Arbitrary<JsonValue>): fc.Arbitrary<JsonObject> {
  return fc
    .array(fc.tuple(keys, values), { maxLength: 4 })
    .map((members) => Object.fromEntries(members));
}

const arrays = fc.array(fc.oneof(scalars, objects(scalars)), { maxLength: 3 });

/** As they are kept: nothing is null. */
export const documents = objects(fc.oneof(scalars, arrays));
export const patches = objects(fc.oneof(scalars, arrays, fc.constant(null)));

export const twinOf = (members: Partial<Twin> = {}): Twin => ({ ...freshTwin, ...members });

export function identityOf(members: Partial<TwinIdentity> = {}): TwinIdentity {
  return {
    deviceId: 'pump-7',
    moduleId: undefined,
    etag: 'MTA0Mg==',
    status: 'enabled',
    statusReason: undefined,
    statusUpdatedTime: undefined,
    connectionState: 'Disconnected',
    lastActivityTime: undefined,
    cloudToDeviceMessageCount: 0,
    authenticationType: 'sas',
    primaryThumbprint: undefined,
    secondaryThumbprint: undefined,
    iotEdge: false,
    deviceScope: undefined,
    parentScopes: [],
    modelId: '',
    ...members,
  };
}
