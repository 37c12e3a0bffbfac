/**
 * Merging and replacing a section of a twin, and the metadata that mirrors it (service-rest.md section 7.3,
 * device-mqtt.md section 9.2).
 */
import { neverTime } from '@linchpin/wire';
import { isJsonObject, type JsonObject } from './json-value.js';

/** Desired or reported properties, without a null anywhere. */
export interface Section {
  readonly document: JsonObject;
  /** For each object and each other value of the document its `Stamp`, under the same keys. */
  readonly metadata: JsonObject;
}

/** When something was last changed. No key of a document begins with `$`, so stamps meet none. */
export interface Stamp {
  readonly $lastUpdated: string;
  /** Of desired properties only. */
  readonly $lastUpdatedVersion?: number;
}

/** As a twin begins. */
export const emptySection: Section = { document: {}, metadata: { $lastUpdated: neverTime } };

/** Whatever the patch names, and each object around it, gets the stamp. */
export function patchSection(section: Section, patch: JsonObject, stamp: Stamp): Section {
  return {
    document: mergePatch(section.document, patch),
    metadata: mergeStamps(section.metadata, patch, stamp),
  };
}

/** Nothing of what was there stays; nulls are no members. */
export function replaceSection(document: JsonObject, stamp: Stamp): Section {
  return patchSection(emptySection, document, stamp);
}

/**
 * What is null in the patch goes, objects are merged, every other value takes the place of what was there
 * (RFC 7396).
 */
export function mergePatch(document: JsonObject, patch: JsonObject): JsonObject {
  const members = new Map(Object.entries(document));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) {
      members.delete(key);
    } else if (isJsonObject(value)) {
      members.set(key, mergePatch(objectOf(members.get(key)), value));
    } else {
      members.set(key, value);
    }
  }
  return Object.fromEntries(members);
}

/** The patch that empties the document. */
export function removalOf(document: JsonObject): JsonObject {
  return Object.fromEntries(Object.keys(document).map((key) => [key, null]));
}

/** As `mergePatch`, of the metadata: that of a value that is no object has no more than its stamp. */
function mergeStamps(metadata: JsonObject, patch: JsonObject, stamp: Stamp): JsonObject {
  const members = new Map(Object.entries(metadata));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) {
      members.delete(key);
    } else if (isJsonObject(value)) {
      members.set(key, mergeStamps(objectOf(members.get(key)), value, stamp));
    } else {
      members.set(key, { ...stamp });
    }
  }
  // First, as Azure writes it, and over the one that was there.
  return { ...stamp, ...Object.fromEntries(members), ...stamp };
}

function objectOf(value: JsonObject[string] | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
