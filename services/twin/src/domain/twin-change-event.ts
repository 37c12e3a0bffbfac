/**
 * What the hub tells of a change of a twin (events-monitoring.md sections 1 and 1.1). A member that was
 * deleted is null in it.
 */
import { patchSection, type Stamp } from './apply-patch.js';
import { desiredStamp, reportedStamp, type TwinChange, type TwinUpdate } from './change-twin.js';
import type { JsonObject } from './json-value.js';
import { formatSection } from './twin-json.js';
import { formatTwinEtag, type Twin } from './twin.js';

export interface TwinChangeNotification {
  readonly type: 'updateTwin' | 'replaceTwin';
  readonly body: JsonObject;
}

interface Subject {
  readonly deviceId: string;
  readonly moduleId: string | undefined;
}

/** Of a change of tags or desired properties; `after` is the whole twin as the change left it. */
export function notifyTwinChange(
  subject: Subject,
  after: Twin,
  { mode, change }: { readonly mode: TwinUpdate['mode']; readonly change: TwinChange },
  now: Date,
): TwinChangeNotification {
  return mode === 'replace'
    ? { type: 'replaceTwin', body: wholeTwin(subject, after) }
    : { type: 'updateTwin', body: changedSections(after, change, now) };
}

/** @param version of the whole twin, which no reported property changes */
export function notifyReportedChange(
  version: number,
  { patch, reportedVersion }: { readonly patch: JsonObject; readonly reportedVersion: number },
  now: Date,
): TwinChangeNotification {
  const reported = changedSection(patch, reportedStamp(now), reportedVersion);
  return { type: 'updateTwin', body: { version, properties: { reported } } };
}

function wholeTwin({ deviceId, moduleId }: Subject, twin: Twin): JsonObject {
  return {
    deviceId,
    ...(moduleId !== undefined && { moduleId }),
    etag: formatTwinEtag(twin),
    version: twin.version,
    tags: twin.tags,
    properties: { desired: formatSection(twin.desired), reported: formatSection(twin.reported) },
  };
}

function changedSections(
  { version, desired: { version: desiredVersion } }: Twin,
  { tags, desired }: TwinChange,
  now: Date,
): JsonObject {
  const stamp = desiredStamp(now, desiredVersion);
  return {
    version,
    ...(tags !== undefined && { tags }),
    ...(desired !== undefined && {
      properties: { desired: changedSection(desired, stamp, desiredVersion) },
    }),
  };
}

function changedSection(patch: JsonObject, stamp: Stamp, version: number): JsonObject {
  const { metadata } = patchSection({ document: {}, metadata: {} }, patch, stamp);
  return { ...patch, $metadata: metadata, $version: version };
}
