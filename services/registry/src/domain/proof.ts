/** What a credential that counts has proven. */
export interface Proof {
  /** Whose credential it was: the identity's own, or a policy's of the hub. */
  readonly scope: 'device' | 'module' | 'hub';
  readonly kind: 'sas' | 'thumbprint' | 'certificateAuthority';
  /** When a token or certificate ceases to count, without skew. */
  readonly expiresAt: Date | undefined;
  /** All that it rests on, named as in credential-id.ts. */
  readonly credentialIds: readonly string[];
}
