/** The certificate of an authority, as an administrator gave it to a hub (security-limits.md section 7). */
export interface CaCertificate extends CaCertificateContent {
  readonly name: string;
  readonly createdTime: Date;
  readonly updatedTime: Date;
  readonly etag: string;
}

export interface CaCertificateContent {
  /** In DER. */
  readonly certificate: Uint8Array;
  /** Somebody has shown to have its key: only then it vouches for devices. */
  readonly isVerified: boolean;
  /** The newest; a certificate issued to it is the proof. */
  readonly verificationCode: string | undefined;
}
