import { AuthenticationType, ConnectionState, IdentityStatus } from '@linchpin/contracts';
import type { StoredHub } from './stored-hub.js';

/** With an api-version that knows attributes; a socket takes less before anybody reads it. */
const largeListBytes = 12_000_000;

/** Gives the hub devices whose list has so many bytes. */
export function fillWithLargeList({ identities }: StoredHub): void {
  const attributesJson = JSON.stringify({ text: 'x'.repeat(largeListBytes / 1_000) });
  for (let index = 0; index < 1_000; index++) {
    const deviceId = `device-${index}`;
    identities.set(deviceId, {
      deviceId,
      generationId: '1',
      etag: 'tag',
      status: IdentityStatus.ENABLED,
      connectionState: ConnectionState.DISCONNECTED,
      cloudToDeviceMessageCount: 0,
      authentication: { type: AuthenticationType.CERTIFICATE_AUTHORITY },
      iotEdge: false,
      parentScopes: [],
      attributesJson,
    });
  }
}
