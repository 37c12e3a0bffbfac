/**
 * Lines of `devices.txt` as they are exported (service-rest.md section 5), one identity each. Of its twin they
 * say nothing: whoever restores one must not take a twin that is not there for an empty one.
 */
import type { Identity } from '@linchpin/wire';
import { formatAuthentication } from '@linchpin/wire/json';

/** @param excludeKeys writes null in place of keys, as Azure does */
export function formatLine(identity: Identity, excludeKeys: boolean): string {
  const { moduleId, authentication, deviceScope, parentScopes, managedBy, attributesJson } =
    identity;
  const hidden = excludeKeys && { primaryKey: undefined, secondaryKey: undefined };
  const line = {
    id: identity.deviceId,
    ...(moduleId !== undefined && { moduleId }),
    eTag: identity.etag,
    status: identity.status,
    statusReason: identity.statusReason ?? null,
    authentication: formatAuthentication({ ...authentication, ...hidden }),
    capabilities: { iotEdge: identity.iotEdge },
    ...(deviceScope !== undefined && { deviceScope }),
    ...(parentScopes.length > 0 && { parentScopes }),
    ...(managedBy !== undefined && { managedBy }),
    ...(attributesJson !== undefined && { attributes: JSON.parse(attributesJson) as unknown }),
  };
  return `${JSON.stringify(line)}\n`;
}
