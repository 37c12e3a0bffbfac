/** Rows of an import to bulk.proto. */
import {
  authenticationTypeMessages,
  AuthenticationType,
  bulkActionMessages,
  IdentityStatus,
  type BulkRow,
} from '@linchpin/contracts';
import type { ImportedIdentity, ImportRow } from '../domain/import-row.js';

export function toBulkRow({ action, ifMatch, identity }: ImportRow): BulkRow {
  const { status, authentication, ...same } = identity;
  return {
    action: bulkActionMessages[action],
    ifMatch,
    definition: {
      ...same,
      status: toStatus(status),
      authentication: authentication && {
        ...authentication,
        type:
          authentication.type === undefined
            ? AuthenticationType.UNSPECIFIED
            : authenticationTypeMessages[authentication.type],
      },
    },
  };
}

function toStatus(status: ImportedIdentity['status']): IdentityStatus {
  switch (status) {
    case undefined:
      return IdentityStatus.UNSPECIFIED;
    case 'enabled':
      return IdentityStatus.ENABLED;
    case 'disabled':
      return IdentityStatus.DISABLED;
  }
}
