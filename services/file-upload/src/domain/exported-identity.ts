/** Lines of `devices.txt` as they are exported (service-rest.md section 5), one identity each. */

export const authenticationTypes = ['sas', 'selfSigned', 'certificateAuthority', 'none'] as const;
export type AuthenticationType = (typeof authenticationTypes)[number];

/** An identity as it is exported, in the order in which its members are written. */
export interface ExportedIdentity {
  readonly id: string;
  readonly moduleId?: string;
  readonly eTag: string;
  readonly status: 'enabled' | 'disabled';
  readonly statusReason: string | null;
  readonly authentication: {
    readonly symmetricKey: {
      readonly primaryKey: string | null;
      readonly secondaryKey: string | null;
    };
    readonly x509Thumbprint: {
      readonly primaryThumbprint: string | null;
      readonly secondaryThumbprint: string | null;
    };
    readonly type: AuthenticationType;
  };
  readonly capabilities: { readonly iotEdge: boolean };
  readonly deviceScope?: string;
  readonly parentScopes?: readonly string[];
  readonly managedBy?: string;
  readonly attributes?: unknown;
}

/**
 * Every identity has the twin that it is created with: tags and properties come with the service that
 * keeps twins.
 */
const newTwin = {
  twinETag: 'AAAAAAAAAAE=',
  tags: {},
  properties: { desired: { $version: 1 }, reported: { $version: 1 } },
};

export function formatLine(identity: ExportedIdentity, excludeKeys: boolean): string {
  const { authentication } = identity;
  const symmetricKey = { primaryKey: null, secondaryKey: null };
  const shown = excludeKeys
    ? { ...identity, authentication: { ...authentication, symmetricKey } }
    : identity;
  return `${JSON.stringify({ ...shown, ...newTwin })}\n`;
}
