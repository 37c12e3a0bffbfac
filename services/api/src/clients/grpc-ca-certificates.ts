import type { Certificate as CertificateMessage, CertificatesClient } from '@linchpin/contracts';
import { callUnary } from '@linchpin/platform/grpc';
import type {
  CaCertificate,
  CaCertificates,
  CertificatePut,
  IssuedVerificationCode,
  PutCertificate,
  TaggedName,
} from '../domain/ca-certificate.js';
import { present } from './present.js';

const deadlineMs = 5_000;

/** The CA certificates of hubs, kept by the registry service. */
export class GrpcCaCertificates implements CaCertificates {
  constructor(private readonly client: CertificatesClient) {}

  async list(hub: string): Promise<readonly CaCertificate[]> {
    const { certificates } = await callUnary(
      this.client.listCertificates.bind(this.client),
      { hub },
      { name: 'Certificates/ListCertificates', deadlineMs },
    );
    return certificates.map(toCertificate);
  }

  async get(hub: string, name: string): Promise<CaCertificate> {
    const { certificate } = await callUnary(
      this.client.getCertificate.bind(this.client),
      { hub, name },
      { name: 'Certificates/GetCertificate', deadlineMs },
    );
    return toCertificate(present(certificate));
  }

  async put(hub: string, put: CertificatePut): Promise<PutCertificate> {
    const { certificate, created } = await callUnary(
      this.client.putCertificate.bind(this.client),
      { hub, ...put },
      { name: 'Certificates/PutCertificate', deadlineMs },
    );
    return { certificate: toCertificate(present(certificate)), isNew: created };
  }

  async delete(hub: string, tagged: TaggedName): Promise<void> {
    await callUnary(
      this.client.deleteCertificate.bind(this.client),
      { hub, ...tagged },
      { name: 'Certificates/DeleteCertificate', deadlineMs },
    );
  }

  async generateVerificationCode(hub: string, tagged: TaggedName): Promise<IssuedVerificationCode> {
    const { certificate, verificationCode } = await callUnary(
      this.client.generateVerificationCode.bind(this.client),
      { hub, ...tagged },
      { name: 'Certificates/GenerateVerificationCode', deadlineMs },
    );
    return { certificate: toCertificate(present(certificate)), code: verificationCode };
  }

  async verify(hub: string, tagged: TaggedName, proof: string): Promise<CaCertificate> {
    const { certificate } = await callUnary(
      this.client.verifyCertificate.bind(this.client),
      { hub, ...tagged, verificationCertificate: proof },
      { name: 'Certificates/VerifyCertificate', deadlineMs },
    );
    return toCertificate(present(certificate));
  }
}

function toCertificate({
  expiry,
  createdTime,
  updatedTime,
  ...same
}: CertificateMessage): CaCertificate {
  return {
    ...same,
    expiry: present(expiry),
    createdTime: present(createdTime),
    updatedTime: present(updatedTime),
  };
}
