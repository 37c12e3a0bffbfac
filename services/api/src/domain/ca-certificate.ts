/** Certificates of the authorities that vouch for a hub's devices (security-limits.md section 7). */

export interface CaCertificate {
  readonly name: string;
  readonly der: Uint8Array;
  readonly isVerified: boolean;
  readonly subject: string;
  readonly expiry: Date;
  readonly thumbprint: string;
  readonly createdTime: Date;
  readonly updatedTime: Date;
  readonly etag: string;
}

export interface CertificatePut {
  readonly name: string;
  /** As the administrator sent it. */
  readonly certificate: string;
  /** Undefined: the same certificate stays as it is, another is not verified. */
  readonly isVerified: boolean | undefined;
  readonly ifMatch: string | undefined;
}

/** A certificate that whoever knows its tag may change. */
export interface TaggedName {
  readonly name: string;
  readonly ifMatch: string;
}

export interface PutCertificate {
  readonly certificate: CaCertificate;
  readonly isNew: boolean;
}

export interface IssuedVerificationCode {
  readonly certificate: CaCertificate;
  readonly code: string;
}

/** Every method takes the hub's name and throws a HubError. */
export interface CaCertificates {
  list(hub: string): Promise<readonly CaCertificate[]>;
  get(hub: string, name: string): Promise<CaCertificate>;
  put(hub: string, put: CertificatePut): Promise<PutCertificate>;
  delete(hub: string, tagged: TaggedName): Promise<void>;
  generateVerificationCode(hub: string, tagged: TaggedName): Promise<IssuedVerificationCode>;
  /** @param proof the certificate that was issued to the code */
  verify(hub: string, tagged: TaggedName, proof: string): Promise<CaCertificate>;
}
