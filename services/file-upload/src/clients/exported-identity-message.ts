/** Identities from identity.proto to lines of an export. */
import { strict as assert } from 'node:assert';
import {
  AuthenticationType as TypeMessage,
  IdentityStatus,
  type Authentication,
  type Identity,
} from '@linchpin/contracts';
import type { AuthenticationType, ExportedIdentity } from '../domain/exported-identity.js';

export function toExportedIdentity(identity: Identity): ExportedIdentity {
  const { moduleId, authentication, deviceScope, parentScopes, managedBy } = identity;
  assert(authentication !== undefined, 'every identity has an authentication');
  return {
    id: identity.deviceId,
    ...(moduleId !== undefined && { moduleId }),
    eTag: identity.etag,
    status: identity.status === IdentityStatus.DISABLED ? 'disabled' : 'enabled',
    statusReason: identity.statusReason ?? null,
    authentication: toAuthentication(authentication),
    capabilities: { iotEdge: identity.iotEdge },
    ...(deviceScope !== undefined && { deviceScope }),
    ...(parentScopes.length > 0 && { parentScopes }),
    ...(managedBy !== undefined && { managedBy }),
    ...(identity.attributesJson !== undefined && {
      attributes: JSON.parse(identity.attributesJson) as unknown,
    }),
  };
}

function toAuthentication(authentication: Authentication): ExportedIdentity['authentication'] {
  return {
    symmetricKey: {
      primaryKey: authentication.primaryKey ?? null,
      secondaryKey: authentication.secondaryKey ?? null,
    },
    x509Thumbprint: {
      primaryThumbprint: authentication.primaryThumbprint ?? null,
      secondaryThumbprint: authentication.secondaryThumbprint ?? null,
    },
    type: toType(authentication.type),
  };
}

function toType(type: TypeMessage): AuthenticationType {
  switch (type) {
    case TypeMessage.SAS:
      return 'sas';
    case TypeMessage.SELF_SIGNED:
      return 'selfSigned';
    case TypeMessage.CERTIFICATE_AUTHORITY:
      return 'certificateAuthority';
    case TypeMessage.NONE:
      return 'none';
    case TypeMessage.UNSPECIFIED:
      throw new Error('the registry names no type of authentication');
  }
}
