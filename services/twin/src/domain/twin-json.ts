/** How back ends and devices see a twin (service-rest.md sections 7.2 and 16, device-mqtt.md section 9.1). */
import { formatIsoTime, neverTime } from '@linchpin/wire';
import type { JsonObject } from './json-value.js';
import { formatTwinEtag, type Twin, type TwinIdentity, type VersionedSection } from './twin.js';

export function formatTwin(identity: TwinIdentity, twin: Twin): JsonObject {
  const { deviceId, moduleId, deviceScope, parentScopes } = identity;
  return {
    deviceId,
    ...(moduleId !== undefined && { moduleId }),
    etag: formatTwinEtag(twin),
    deviceEtag: identity.etag,
    status: identity.status,
    statusReason: identity.statusReason ?? null,
    statusUpdateTime: formatTime(identity.statusUpdatedTime),
    connectionState: identity.connectionState,
    lastActivityTime: formatTime(identity.lastActivityTime),
    cloudToDeviceMessageCount: identity.cloudToDeviceMessageCount,
    authenticationType: identity.authenticationType,
    x509Thumbprint: {
      primaryThumbprint: identity.primaryThumbprint ?? null,
      secondaryThumbprint: identity.secondaryThumbprint ?? null,
    },
    modelId: identity.modelId,
    version: twin.version,
    tags: twin.tags,
    properties: {
      desired: formatSection(twin.desired),
      reported: formatSection(twin.reported),
    },
    capabilities: { iotEdge: identity.iotEdge },
    ...(deviceScope !== undefined && { deviceScope }),
    ...(parentScopes.length > 0 && { parentScopes }),
  };
}

/** With the metadata and version that back ends see. */
export function formatSection({ document, metadata, version }: VersionedSection): JsonObject {
  return { ...document, $metadata: metadata, $version: version };
}

/** What a device reads of its twin: no metadata, and no tags. */
export function formatDeviceProperties({ desired, reported }: Twin): JsonObject {
  return { desired: formatForDevice(desired), reported: formatForDevice(reported) };
}

function formatForDevice({ document, version }: VersionedSection): JsonObject {
  return { ...document, $version: version };
}

function formatTime(time: Date | undefined): string {
  return time === undefined ? neverTime : formatIsoTime(time);
}
