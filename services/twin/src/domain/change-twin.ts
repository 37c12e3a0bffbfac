/**
 * What a change of a twin makes of it, and whom it concerns: back ends change tags and desired properties
 * (service-rest.md section 7.3), a device its reported ones (device-mqtt.md section 9.2). A change counts even
 * when it changes no value.
 */
import { formatIsoTime, HubError } from '@linchpin/wire';
import { mergePatch, patchSection, removalOf, replaceSection, type Stamp } from './apply-patch.js';
import { isJsonObject, type JsonObject, type JsonValue } from './json-value.js';
import { formatTwinEtag, type BackEndPart, type VersionedSection } from './twin.js';
import {
  checkChange,
  checkPropertiesSize,
  checkTagsSize,
  type SectionName,
} from './twin-limits.js';

/** A section that is undefined stays as it is; null empties one. */
export interface TwinUpdate {
  readonly mode: 'patch' | 'replace';
  readonly tags: JsonValue | undefined;
  readonly desired: JsonValue | undefined;
  /** The entity tag that the twin must have; undefined and `*`: whatever it has. */
  readonly ifMatch: string | undefined;
}

export interface TwinChange {
  /** The same as before when the update names no section. */
  readonly after: BackEndPart;
  /** What was merged into the section, or has replaced it; undefined where it was left alone. */
  readonly tags: JsonObject | undefined;
  readonly desired: JsonObject | undefined;
}

/** @throws HubError PreconditionFailed, ArgumentInvalid */
export function changeTwin(before: BackEndPart, update: TwinUpdate, now: Date): TwinChange {
  const { mode, ifMatch } = update;
  if (ifMatch !== undefined && ifMatch !== '*' && ifMatch !== formatTwinEtag(before)) {
    throw new HubError('PreconditionFailed', 'The twin has another entity tag by now.');
  }
  const tags = toChange('tags', update.tags, mode, before.tags);
  const desired = toChange('properties.desired', update.desired, mode, before.desired.document);
  if (tags === undefined && desired === undefined) {
    return { after: before, tags, desired };
  }
  const after = {
    version: before.version + 1,
    etagCounter: before.etagCounter + 1,
    tags: tags === undefined ? before.tags : changeTags(before.tags, tags, mode),
    desired:
      desired === undefined ? before.desired : changeDesired(before.desired, desired, mode, now),
  };
  return { after, tags, desired };
}

interface ReportedChange {
  readonly after: VersionedSection;
  readonly patch: JsonObject;
}

/**
 * @param ifVersion the version that the patch is for; undefined: whatever it is
 * @throws HubError PreconditionFailed, ArgumentInvalid, MessageTooLarge
 */
export function patchReported(
  before: VersionedSection,
  patch: JsonValue,
  ifVersion: number | undefined,
  now: Date,
): ReportedChange {
  if (ifVersion !== undefined && ifVersion !== before.version) {
    const message = `The reported properties have version ${before.version}, not ${ifVersion}.`;
    throw new HubError('PreconditionFailed', message);
  }
  checkChange('properties.reported', patch);
  const merged = patchSection(before, patch, reportedStamp(now));
  checkPropertiesSize('properties.reported', merged);
  return { after: { ...merged, version: before.version + 1 }, patch };
}

export function desiredStamp(now: Date, version: number): Stamp {
  return { $lastUpdated: formatIsoTime(now), $lastUpdatedVersion: version };
}

export function reportedStamp(now: Date): Stamp {
  return { $lastUpdated: formatIsoTime(now) };
}

type Mode = TwinUpdate['mode'];

/** Clients send back what they read, with members that the hub alone writes: they say nothing. */
const hubMembers = new Set(['$metadata', '$version']);

function toChange(
  name: SectionName,
  given: JsonValue | undefined,
  mode: Mode,
  before: JsonObject,
): JsonObject | undefined {
  if (given === undefined) {
    return undefined;
  }
  if (given === null) {
    return mode === 'patch' ? removalOf(before) : {};
  }
  const members = isJsonObject(given) ? Object.entries(given) : undefined;
  const change: JsonValue =
    members === undefined
      ? given
      : Object.fromEntries(members.filter(([key]) => !hubMembers.has(key)));
  checkChange(name, change);
  return change;
}

function changeTags(before: JsonObject, change: JsonObject, mode: Mode): JsonObject {
  const after = mergePatch(mode === 'patch' ? before : {}, change);
  checkTagsSize(after);
  return after;
}

function changeDesired(
  before: VersionedSection,
  change: JsonObject,
  mode: Mode,
  now: Date,
): VersionedSection {
  const version = before.version + 1;
  const stamp = desiredStamp(now, version);
  const after =
    mode === 'patch' ? patchSection(before, change, stamp) : replaceSection(change, stamp);
  checkPropertiesSize('properties.desired', after);
  return { ...after, version };
}
