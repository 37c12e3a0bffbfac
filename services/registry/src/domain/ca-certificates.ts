/** CA certificates of a hub from their upload to their end, with the proof of possession (security-limits.md section 7). */
import { HubError, validateCertificateName } from '@linchpin/wire';
import type { CaCertificate } from './ca-certificate.js';
import type { CaCertificateStore, CertificateWrite } from './ca-certificate-store.js';
import { validateChain, type ValidChain } from './certificate-chain.js';
import { decodeCertificates } from './certificate-text.js';
import { requireMatch } from './entity-tag.js';
import { certificateNotFound } from './registry-errors.js';
import {
  InvalidCertificate,
  openCertificate,
  publicKeyOf,
  readCertificate,
  requireValidAt,
  type Certificate,
} from './x509-certificate.js';

interface CaCertificatesParts {
  readonly store: CaCertificateStore;
  readonly generateCode: () => string;
  readonly clock: () => Date;
}

export interface CertificateUpload {
  readonly name: string;
  /** As in certificate-text.ts, of one certificate. */
  readonly certificate: string;
  /** True: the administrator vouches for it, and no proof is asked for. Undefined: nothing is said of it. */
  readonly isVerified: boolean | undefined;
  /** `*`, or the tag that the stored one must have; undefined also stores the first of its name. */
  readonly ifMatch: string | undefined;
}

interface UploadedCertificate {
  readonly certificate: CaCertificate;
  readonly isNew: boolean;
}

/** A certificate that somebody may change who knows its tag. */
interface TaggedName {
  readonly name: string;
  /** `*`, or the stored tag. */
  readonly ifMatch: string;
}

/** Each method throws what CaCertificateStore says as well. */
export class CaCertificates {
  constructor(private readonly parts: CaCertificatesParts) {}

  /**
   * One that takes the place of another must be verified anew. The same again changes nothing of that: its key
   * is the one that was proven, and who repeats a PUT means to cut nobody off.
   *
   * @throws HubError ArgumentInvalid; PreconditionFailed
   */
  async upload(hub: string, upload: CertificateUpload): Promise<UploadedCertificate> {
    const { name, isVerified, ifMatch } = upload;
    validateCertificateName(name);
    const now = this.parts.clock();
    const certificate = readAuthority(upload.certificate, now).x509.raw;
    let isNew = true;
    const stored = await this.parts.store.write(
      hub,
      { name, now, operation: 'PutCertificate' },
      (replaced) => {
        isNew = replaced === undefined;
        if (ifMatch !== undefined) {
          requireMatch('certificate', replaced?.etag, ifMatch);
        }
        return replaced !== undefined && certificate.equals(replaced.certificate)
          ? { ...replaced, isVerified: isVerified ?? replaced.isVerified }
          : { certificate, isVerified: isVerified ?? false, verificationCode: undefined };
      },
    );
    return { certificate: stored, isNew };
  }

  async list(hub: string): Promise<readonly CaCertificate[]> {
    return this.parts.store.list(hub);
  }

  async get(hub: string, name: string): Promise<CaCertificate> {
    validateCertificateName(name);
    return this.parts.store.get(hub, name);
  }

  /** @throws HubError PreconditionFailed */
  async delete(hub: string, { name, ifMatch }: TaggedName): Promise<void> {
    validateCertificateName(name);
    await this.parts.store.delete(hub, name, (etag) => {
      requireMatch('certificate', etag, ifMatch);
    });
  }

  /**
   * The code of its answer is the only one that counts from now on.
   *
   * @throws HubError PreconditionFailed
   */
  async generateVerificationCode(hub: string, tagged: TaggedName): Promise<CaCertificate> {
    const operation = 'GenerateVerificationCode';
    return this.#update(hub, { ...tagged, operation }, (stored) => ({
      ...stored,
      verificationCode: this.parts.generateCode(),
    }));
  }

  /**
   * @param proof as in certificate-text.ts: issued to the code by the authority, directly or by way of
   * others that follow it
   * @throws HubError ArgumentInvalid when it proves nothing; PreconditionFailed
   */
  async verify(hub: string, tagged: TaggedName, proof: string): Promise<CaCertificate> {
    const shown = decodeCertificates(proof);
    const now = this.parts.clock();
    return this.#update(hub, { ...tagged, operation: 'VerifyCertificate' }, (stored) => {
      requireProof(stored, shown, now);
      return { ...stored, isVerified: true, verificationCode: undefined };
    });
  }

  async #update(
    hub: string,
    { operation, name, ifMatch }: TaggedName & Pick<CertificateWrite, 'operation'>,
    change: (stored: CaCertificate) => CaCertificate,
  ): Promise<CaCertificate> {
    validateCertificateName(name);
    const now = this.parts.clock();
    return this.parts.store.write(hub, { name, now, operation }, (stored) => {
      if (stored === undefined) {
        throw certificateNotFound(name);
      }
      requireMatch('certificate', stored.etag, ifMatch);
      return change(stored);
    });
  }
}

/** @throws HubError ArgumentInvalid */
function readAuthority(text: string, now: Date): Certificate {
  const [der = new Uint8Array(), ...others] = decodeCertificates(text);
  if (others.length > 0) {
    throw new HubError('ArgumentInvalid', 'certificate: more than one certificate.');
  }
  return orInvalid('certificate', () => {
    const certificate = readCertificate(openCertificate(der));
    requireValidAt(certificate.x509, now);
    publicKeyOf(certificate.x509);
    if (!certificate.isAuthority || !certificate.maySignCertificates) {
      throw new InvalidCertificate(
        'its basic constraints or key usage say that it is no authority',
      );
    }
    return certificate;
  });
}

/** @throws HubError ArgumentInvalid */
function requireProof(stored: CaCertificate, shown: readonly Uint8Array[], now: Date): void {
  const { verificationCode } = stored;
  if (verificationCode === undefined) {
    throw new HubError(
      'ArgumentInvalid',
      'No verification code was generated for the certificate.',
    );
  }
  const { leaf } = orInvalid<ValidChain>('The verification certificate', () => {
    const trusted = [readCertificate(openCertificate(stored.certificate))];
    const trustedName = 'the certificate that is to be verified';
    return validateChain({ shown, trusted, trustedName, purpose: undefined, now });
  });
  if (leaf.commonName !== verificationCode) {
    throw new HubError(
      'ArgumentInvalid',
      'The verification certificate: its common name is not the newest verification code.',
    );
  }
}

function orInvalid<Value>(subject: string, judge: () => Value): Value {
  try {
    return judge();
  } catch (error) {
    if (error instanceof InvalidCertificate) {
      throw new HubError('ArgumentInvalid', `${subject}: ${error.message}.`, { cause: error });
    }
    throw error;
  }
}
