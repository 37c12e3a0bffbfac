/** The words that services use, and Azure's JSON, for values of the contracts' enums. */
import { BulkAction } from './gen/linchpin/registry/v1/bulk.js';
import { IpFilterAction } from './gen/linchpin/registry/v1/hub_settings.js';
import { AuthenticationType } from './gen/linchpin/registry/v1/identity.js';

export const authenticationTypeMessages = {
  sas: AuthenticationType.SAS,
  selfSigned: AuthenticationType.SELF_SIGNED,
  certificateAuthority: AuthenticationType.CERTIFICATE_AUTHORITY,
  none: AuthenticationType.NONE,
} as const;

export const bulkActionMessages = {
  create: BulkAction.CREATE,
  createOrUpdate: BulkAction.CREATE_OR_UPDATE,
  update: BulkAction.UPDATE,
  delete: BulkAction.DELETE,
} as const;

export const ipFilterActionMessages = {
  Accept: IpFilterAction.ACCEPT,
  Reject: IpFilterAction.REJECT,
} as const;
