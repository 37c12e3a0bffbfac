/**
 * A device's twin in the terms of its model (service-rest.md section 12). Nobody has the model here: what is
 * a component says so by a mark, `"__t":"c"`, and what a device acknowledges has the members `value` and `ac`.
 */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [name: string]: Json;
}

/** The properties of one side of a twin or of a component, and when each was changed, both by name. */
interface TwinSide {
  readonly values: ReadonlyMap<string, Json>;
  readonly metadata: ReadonlyMap<string, Json>;
}

export interface TwinSides {
  readonly desired: TwinSide;
  readonly reported: TwinSide;
}

interface TwinDocument {
  readonly deviceId: string;
  readonly modelId?: string;
  readonly properties: { readonly desired: JsonObject; readonly reported: JsonObject };
}

/** @param twinJson as a back end sees the twin */
export function toDigitalTwin(twinJson: string): object {
  const twin = JSON.parse(twinJson) as TwinDocument;
  const sides = readSides(twin);
  const names = namesOf(sides);
  const members = names.map((name) => [
    name,
    isComponent(sides, name) ? componentOf(sides, name) : valueOf(sides, name),
  ]);
  const properties = names.filter((name) => !isComponent(sides, name));
  const model = twin.modelId ? [['$model', twin.modelId]] : [];
  return Object.fromEntries([
    ['$dtId', twin.deviceId],
    ...members,
    ['$metadata', Object.fromEntries([...model, ...metadataOf(sides, properties)])],
  ]) as object;
}

export function readTwinSides(twinJson: string): TwinSides {
  return readSides(JSON.parse(twinJson) as TwinDocument);
}

/** Whether either side marks what it calls so as a component. */
export function isComponent({ desired, reported }: TwinSides, name: string): boolean {
  return [desired, reported].some(({ values }) => isMarked(values.get(name)));
}

/** Those of a component; empty where there is no such. */
export function sidesWithin(sides: TwinSides, component: string): TwinSides {
  const within = ({ values, metadata }: TwinSide): TwinSide => ({
    values: membersOf(values.get(component), ['__t']),
    metadata: membersOf(metadata.get(component)),
  });
  return { desired: within(sides.desired), reported: within(sides.reported) };
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readSides({ properties }: TwinDocument): TwinSides {
  const side = (section: JsonObject): TwinSide => ({
    values: membersOf(section, ['$metadata', '$version']),
    metadata: membersOf(section['$metadata']),
  });
  return { desired: side(properties.desired), reported: side(properties.reported) };
}

function componentOf(sides: TwinSides, name: string): object {
  const within = sidesWithin(sides, name);
  const properties = namesOf(within);
  return Object.fromEntries([
    ...properties.map((property) => [property, valueOf(within, property)]),
    ['$metadata', Object.fromEntries(metadataOf(within, properties))],
  ]) as object;
}

/** What the device says it has; undefined when it says nothing of it. */
function valueOf({ reported }: TwinSides, name: string): Json | undefined {
  const told = reported.values.get(name);
  return isAcknowledgement(told) ? told['value'] : told;
}

function metadataOf(
  { desired, reported }: TwinSides,
  names: readonly string[],
): [string, object][] {
  return names.map((name) => {
    const wanted = desired.values.get(name);
    const told = reported.values.get(name);
    return [
      name,
      {
        ...(wanted !== undefined && {
          desiredValue: wanted,
          desiredVersion: membersOf(desired.metadata.get(name)).get('$lastUpdatedVersion'),
        }),
        ...(isAcknowledgement(told) && {
          ackVersion: told['av'],
          ackCode: told['ac'],
          ackDescription: told['ad'],
        }),
        ...(told !== undefined && {
          lastUpdateTime: membersOf(reported.metadata.get(name)).get('$lastUpdated'),
        }),
      },
    ];
  });
}

function namesOf({ desired, reported }: TwinSides): readonly string[] {
  return [...new Set([...reported.values.keys(), ...desired.values.keys()])];
}

function isAcknowledgement(value: Json | undefined): value is JsonObject {
  return isObject(value) && Object.hasOwn(value, 'value') && Object.hasOwn(value, 'ac');
}

function isMarked(value: Json | undefined): boolean {
  return isObject(value) && value['__t'] === 'c';
}

/** Of what is no object there are none. */
function membersOf(
  value: Json | undefined,
  without: readonly string[] = [],
): ReadonlyMap<string, Json> {
  const members = isObject(value) ? Object.entries(value) : [];
  return new Map(members.filter(([name]) => !without.includes(name)));
}
