/** A certificate and its private key. */
export interface KeyedCertificate {
  /** PEM text. */
  readonly certificate: string;
  /** PEM text, PKCS #8. */
  readonly key: string;
}

/** The same on the disk. */
export interface KeyedCertificateFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
}
