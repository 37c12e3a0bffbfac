/** Topics that the hub and its clients build alike, and those that the hub sends (device-mqtt.md). */
import type { DeviceIdentityId } from './identity-id.js';

/** What an identity's own topics begin with; ids stand raw, percent-encoding has no meaning here. */
export function identityTopicPrefix({ deviceId, moduleId }: DeviceIdentityId): string {
  return moduleId === undefined ? `devices/${deviceId}` : `devices/${deviceId}/modules/${moduleId}`;
}

/**
 * Section 9.1. The order of the parameters is fixed, and the request id is given back byte for byte:
 * some SDKs compare text. `version` only after a patch that was applied.
 */
export function formatTwinResponseTopic(
  status: number,
  requestId: string,
  version?: bigint,
): string {
  const tail = version === undefined ? '' : `&$version=${version}`;
  return `$iothub/twin/res/${status}/?$rid=${requestId}${tail}`;
}

/** Section 9.3. */
export function formatDesiredTopic(version: bigint): string {
  return `$iothub/twin/PATCH/properties/desired/?$version=${version}`;
}

/** Section 8. The name stands raw but for what no topic may hold, or would end its segment. */
export function formatMethodTopic(name: string, requestId: string): string {
  const escaped = name.replace(/[+#/?\0]/g, encodeURIComponent);
  return `$iothub/methods/POST/${escaped}/?$rid=${requestId}`;
}
