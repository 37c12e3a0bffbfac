/**
 * What a JSON Patch (RFC 6902) of a digital twin means for the desired properties (service-rest.md section 12).
 *
 *     path = "/" name [ "/" name ]      of a property, of a component, or of a property of a component
 *     name = letter [ *62( letter / digit / "_" ) ( letter / digit ) ]
 */
import { HubError } from '@linchpin/wire';
import { isNoDeeperThan } from '@linchpin/wire/json';
import {
  isComponent,
  isObject,
  readTwinSides,
  sidesWithin,
  type Json,
  type JsonObject,
  type TwinSides,
} from './digital-twin.js';

export type PatchOperation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: Json }
  | { readonly op: 'remove'; readonly path: string };

/** What becomes of a property; undefined: it goes. */
type PropertyChange = Json | undefined;

type Change =
  | { readonly kind: 'removal' }
  | { readonly kind: 'property'; readonly value: Json }
  | ComponentChange;

interface ComponentChange {
  readonly kind: 'component';
  /** What the component had before all of it went; it is looked up once, whatever the number of operations. */
  readonly isCleared: boolean;
  readonly properties: Map<string, PropertyChange>;
}

const valueLevelsMax = 5;
const namePattern = /^[A-Za-z](?:[A-Za-z0-9_]{0,62}[A-Za-z0-9])?$/;
const nameRule = 'a name has 1 to 64 letters, digits and inner _ and begins with a letter';

/**
 * The operations one after the other; what each names is set or removed as a whole, and nothing else.
 *
 * @param twinJson of the device, as a back end sees it
 * @returns a patch for the desired properties, in which null removes; undefined when there is nothing to do
 * @throws HubError `InvalidDigitalTwinPatchPath`, or `InvalidDigitalTwinPatch` for what no property can be
 */
export function toDesiredPatch(
  twinJson: string,
  operations: readonly PatchOperation[],
): JsonObject | undefined {
  const sides = readTwinSides(twinJson);
  const changes = new Map<string, Change>();
  for (const operation of operations) {
    const [name, property] = parsePath(operation.path);
    if (property !== undefined) {
      requireKind('component', name, { sides, changes });
      const value = operation.op === 'remove' ? undefined : operation.value;
      changes.set(name, changeProperty(changes.get(name), [name, property], value));
    } else if (operation.op === 'remove') {
      changes.set(name, { kind: 'removal' });
    } else if (isObject(operation.value) && Object.hasOwn(operation.value, '$metadata')) {
      requireKind('component', name, { sides, changes });
      changes.set(name, replaceComponent(name, operation.value));
    } else {
      requireKind('property', name, { sides, changes });
      changes.set(name, { kind: 'property', value: requireValue(operation.value, name) });
    }
  }
  const members = [...changes].map(
    ([name, change]) => [name, format(sides, name, change)] as const,
  );
  return members.length === 0 ? undefined : Object.fromEntries(members);
}

interface Draft {
  readonly sides: TwinSides;
  readonly changes: ReadonlyMap<string, Change>;
}

function parsePath(path: string): [name: string, property: string | undefined] {
  const [before, name, property, ...more] = path.split('/');
  const names = [name ?? '', ...(property === undefined ? [] : [property])];
  if (before !== '' || more.length > 0 || !names.every((each) => namePattern.test(each))) {
    throw new HubError(
      'InvalidDigitalTwinPatchPath',
      `${quote(path)}: must be /property, /component or /component/property; ${nameRule}.`,
    );
  }
  return [name ?? '', property];
}

/** What goes by a name that the device or a back end has given to something else keeps it. */
function requireKind(
  wanted: 'component' | 'property',
  name: string,
  { sides, changes }: Draft,
): void {
  const change = changes.get(name);
  const { desired, reported } = sides;
  const isThere =
    reported.values.has(name) || (desired.values.has(name) && change?.kind !== 'removal');
  const found =
    change === undefined || change.kind === 'removal'
      ? isThere && (isComponent(sides, name) ? 'component' : 'property')
      : change.kind;
  if (found !== false && found !== wanted) {
    throw new HubError(
      'InvalidDigitalTwinPatch',
      `'${name}' exists within the device twin and is no ${wanted}: of a component, the value has ` +
        '"$metadata": {} or the path goes on to one of its properties.',
    );
  }
}

function changeProperty(
  before: Change | undefined,
  [name, property]: readonly [string, string],
  value: PropertyChange,
): ComponentChange {
  const component: ComponentChange =
    before?.kind === 'component'
      ? before
      : { kind: 'component', isCleared: before?.kind === 'removal', properties: new Map() };
  const checked = value === undefined ? undefined : requireValue(value, `${name}/${property}`);
  component.properties.set(property, checked);
  return component;
}

function replaceComponent(name: string, value: JsonObject): ComponentChange {
  const properties = new Map<string, PropertyChange>();
  for (const [property, member] of Object.entries(value)) {
    if (property !== '$metadata') {
      properties.set(property, requireValue(member, `${name}/${property}`));
    }
  }
  return { kind: 'component', isCleared: true, properties };
}

function format(sides: TwinSides, name: string, change: Change): Json {
  switch (change.kind) {
    case 'removal':
      return null;
    case 'property':
      return replacement(sides.desired.values.get(name), change.value);
    case 'component': {
      const { values } = sidesWithin(sides, name).desired;
      const cleared = change.isCleared
        ? [...values.keys()].map((each) => [each, undefined] as const)
        : [];
      const properties = new Map<string, PropertyChange>([...cleared, ...change.properties]);
      const kept = [...values.keys()].filter((property) => !properties.has(property));
      const set = [...properties.values()].filter((value) => value !== undefined);
      if (kept.length + set.length === 0) {
        return null;
      }
      const members = [...properties].map(
        ([property, value]) =>
          [
            property,
            value === undefined ? null : replacement(values.get(property), value),
          ] as const,
      );
      return Object.fromEntries<Json>([['__t', 'c'], ...members]);
    }
  }
}

/** What makes `value` of `stored` when it is merged into it. */
function replacement(stored: Json | undefined, value: Json): Json {
  if (!isObject(stored) || !isObject(value)) {
    return value;
  }
  const before = new Map(Object.entries(stored));
  return Object.fromEntries<Json>([
    ...[...before.keys()].map((name) => [name, null] as const),
    ...Object.entries(value).map(
      ([name, member]) => [name, replacement(before.get(name), member)] as const,
    ),
  ]);
}

/** @throws HubError `InvalidDigitalTwinPatch` for what no property of DTDL 2 can have as its value */
function requireValue(value: Json, path: string): Json {
  if (!isNoDeeperThan(valueLevelsMax, value)) {
    throw invalidValue(path, `must not be deeper than ${valueLevelsMax} levels`);
  }
  checkNames(value, path);
  return value;
}

function checkNames(value: Json, path: string): void {
  if (value === null) {
    throw invalidValue(path, 'must not be null; use the operation remove');
  }
  if (Array.isArray(value)) {
    throw invalidValue(path, 'must not be an array');
  }
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw invalidValue(path, 'must be a number that a double can hold');
  }
  if (isObject(value)) {
    for (const [name, member] of Object.entries(value)) {
      if (!namePattern.test(name)) {
        throw invalidValue(`${path}/${name}`, nameRule);
      }
      checkNames(member, `${path}/${name}`);
    }
  }
}

function invalidValue(path: string, rule: string): HubError {
  return new HubError('InvalidDigitalTwinPatch', `${quote(`/${path}`)}: ${rule}.`);
}

/** Of what a client has chosen. */
const quotedLengthMax = 256;

function quote(path: string): string {
  return `'${path.slice(0, quotedLengthMax)}'`;
}
