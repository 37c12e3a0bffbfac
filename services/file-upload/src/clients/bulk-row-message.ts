/** Rows of an import to bulk.proto. */
import { AuthenticationType, BulkAction, IdentityStatus, type BulkRow } from '@linchpin/contracts';
import type { ImportedIdentity, ImportRow } from '../domain/import-row.js';

export function toBulkRow({ action, ifMatch, identity }: ImportRow): BulkRow {
  const { status, authentication, ...same } = identity;
  return {
    action: actions[action],
    ifMatch,
    definition: {
      ...same,
      status: toStatus(status),
      authentication: authentication && {
        ...authentication,
        type:
          authentication.type === undefined
            ? AuthenticationType.UNSPECIFIED
            : authenticationTypes[authentication.type],
      },
    },
  };
}

const actions = {
  create: BulkAction.CREATE,
  createOrUpdate: BulkAction.CREATE_OR_UPDATE,
  update: BulkAction.UPDATE,
  delete: BulkAction.DELETE,
} as const satisfies Record<ImportRow['action'], BulkAction>;

const authenticationTypes = {
  sas: AuthenticationType.SAS,
  selfSigned: AuthenticationType.SELF_SIGNED,
  certificateAuthority: AuthenticationType.CERTIFICATE_AUTHORITY,
  none: AuthenticationType.NONE,
} as const;

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
