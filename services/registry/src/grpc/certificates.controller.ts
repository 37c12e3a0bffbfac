import type {
  Certificate as CertificateMessage,
  CertificatesService,
  DeleteCertificateRequest,
  DeleteCertificateResponse,
  GenerateVerificationCodeRequest,
  GenerateVerificationCodeResponse,
  GetCertificateRequest,
  GetCertificateResponse,
  ListCertificatesRequest,
  ListCertificatesResponse,
  PutCertificateRequest,
  PutCertificateResponse,
  VerifyCertificateRequest,
  VerifyCertificateResponse,
} from '@linchpin/contracts';
import { thumbprintsOf } from '@linchpin/auth';
import type { RpcHandlers } from '@linchpin/platform/grpc-server';
import { Controller, Inject } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { CaCertificate } from '../domain/ca-certificate.js';
import type { CaCertificates } from '../domain/ca-certificates.js';
import { expiryOf, formatSubject, readX509 } from '../domain/x509-certificate.js';
import type { RegistryEvents } from '../events.js';

export interface CertificatesControllerParts {
  readonly certificates: CaCertificates;
  readonly events: RegistryEvents;
}

export const certificatesControllerParts = Symbol('CertificatesControllerParts');

@Controller()
export class CertificatesController implements RpcHandlers<typeof CertificatesService> {
  constructor(
    @Inject(certificatesControllerParts) private readonly parts: CertificatesControllerParts,
  ) {}

  @GrpcMethod('Certificates', 'listCertificates')
  async listCertificates({ hub }: ListCertificatesRequest): Promise<ListCertificatesResponse> {
    const certificates = await this.parts.certificates.list(hub);
    return { certificates: certificates.map(toMessage) };
  }

  @GrpcMethod('Certificates', 'getCertificate')
  async getCertificate({ hub, name }: GetCertificateRequest): Promise<GetCertificateResponse> {
    return { certificate: toMessage(await this.parts.certificates.get(hub, name)) };
  }

  @GrpcMethod('Certificates', 'putCertificate')
  async putCertificate({ hub, ...upload }: PutCertificateRequest): Promise<PutCertificateResponse> {
    const { ifMatch, isVerified } = upload;
    const { certificate, isNew } = await this.parts.certificates.upload(hub, {
      ...upload,
      ifMatch,
      isVerified,
    });
    this.parts.events.certificateChanged({ operation: 'put', hub, name: certificate.name });
    return { certificate: toMessage(certificate), created: isNew };
  }

  @GrpcMethod('Certificates', 'deleteCertificate')
  async deleteCertificate({
    hub,
    name,
    ifMatch,
  }: DeleteCertificateRequest): Promise<DeleteCertificateResponse> {
    await this.parts.certificates.delete(hub, { name, ifMatch });
    this.parts.events.certificateChanged({ operation: 'delete', hub, name });
    return {};
  }

  @GrpcMethod('Certificates', 'generateVerificationCode')
  async generateVerificationCode({
    hub,
    name,
    ifMatch,
  }: GenerateVerificationCodeRequest): Promise<GenerateVerificationCodeResponse> {
    const tagged = { name, ifMatch };
    const certificate = await this.parts.certificates.generateVerificationCode(hub, tagged);
    this.parts.events.certificateChanged({ operation: 'generateVerificationCode', hub, name });
    const { verificationCode = '' } = certificate;
    return { certificate: toMessage(certificate), verificationCode };
  }

  @GrpcMethod('Certificates', 'verifyCertificate')
  async verifyCertificate({
    hub,
    name,
    ifMatch,
    verificationCertificate,
  }: VerifyCertificateRequest): Promise<VerifyCertificateResponse> {
    const tagged = { name, ifMatch };
    const certificate = await this.parts.certificates.verify(hub, tagged, verificationCertificate);
    this.parts.events.certificateChanged({ operation: 'verify', hub, name });
    return { certificate: toMessage(certificate) };
  }
}

function toMessage({ certificate, ...stored }: CaCertificate): CertificateMessage {
  const x509 = readX509(certificate);
  return {
    name: stored.name,
    der: Buffer.from(certificate),
    isVerified: stored.isVerified,
    subject: formatSubject(x509),
    expiry: expiryOf(x509),
    thumbprint: thumbprintsOf(certificate).sha1,
    createdTime: stored.createdTime,
    updatedTime: stored.updatedTime,
    etag: stored.etag,
  };
}
