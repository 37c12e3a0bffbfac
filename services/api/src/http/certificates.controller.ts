import { IncomingMessage, ServerResponse } from 'node:http';
import { Controller, Delete, Get, Inject, Param, Post, Put, Req, Res } from '@nestjs/common';
import { HubError, parseIfMatch, requireIfMatch } from '@linchpin/wire';
import type { CaCertificates } from '../domain/ca-certificate.js';
import { getHub, type HubPlace } from '../domain/find-hub.js';
import type { HubAdministration } from '../domain/hub.js';
import { answerEntity, answerJson, answerNoContent } from './answer.js';
import { certificateSchema, formatCertificate, verificationSchema } from './certificate-json.js';
import { formatResourceId } from './hub-json.js';
import { readJsonBody } from './json-body.js';
import { paths } from './operation-paths.js';

interface CertificatePath extends HubPlace {
  readonly certificateName: string;
}

/** CA certificates of a hub (security-limits.md section 7), in the shapes of Azure Resource Manager. */
@Controller(`${paths.hub}/certificates`)
export class CertificatesController {
  constructor(
    @Inject('HubAdministration') private readonly administration: HubAdministration,
    @Inject('CaCertificates') private readonly certificates: CaCertificates,
  ) {}

  @Get()
  async list(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param() place: HubPlace,
  ): Promise<void> {
    const hub = await getHub(this.administration, place);
    const certificates = await this.certificates.list(hub.name);
    const value = certificates.map((each) => formatCertificate(formatResourceId(hub), each));
    answerJson({ request, response }, 200, { value });
  }

  @Get('{certificateName}')
  async get(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param() { certificateName, ...place }: CertificatePath,
  ): Promise<void> {
    const hub = await getHub(this.administration, place);
    const certificate = await this.certificates.get(hub.name, certificateName);
    answerEntity({ request, response }, formatCertificate(formatResourceId(hub), certificate));
  }

  /** Another one is unverified again, unless the administrator vouches for it; the same stays as it is. */
  @Put('{certificateName}')
  async put(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param() { certificateName, ...place }: CertificatePath,
  ): Promise<void> {
    const { properties } = await readJsonBody(request, response, certificateSchema);
    const hub = await getHub(this.administration, place);
    const { certificate, isNew } = await this.certificates.put(hub.name, {
      name: certificateName,
      certificate: properties.certificate,
      isVerified: properties.isVerified ?? undefined,
      ifMatch: parseIfMatch(request.headers['if-match']),
    });
    const json = formatCertificate(formatResourceId(hub), certificate);
    answerEntity({ request, response }, json, isNew ? 201 : 200);
  }

  /** 204 when there was none. */
  @Delete('{certificateName}')
  async delete(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param() { certificateName: name, ...place }: CertificatePath,
  ): Promise<void> {
    const ifMatch = requireIfMatch(request.headers['if-match']);
    const hub = await getHub(this.administration, place);
    try {
      await this.certificates.delete(hub.name, { name, ifMatch });
    } catch (error) {
      if (error instanceof HubError && error.code === 'CertificateNotFound') {
        answerNoContent({ request, response });
        return;
      }
      throw error;
    }
    answerJson({ request, response }, 200, {});
  }

  @Post('{certificateName}/generateVerificationCode')
  async generateVerificationCode(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param() { certificateName: name, ...place }: CertificatePath,
  ): Promise<void> {
    const ifMatch = requireIfMatch(request.headers['if-match']);
    const hub = await getHub(this.administration, place);
    const tagged = { name, ifMatch };
    const generated = await this.certificates.generateVerificationCode(hub.name, tagged);
    const { certificate, code } = generated;
    answerEntity(
      { request, response },
      formatCertificate(formatResourceId(hub), certificate, code),
    );
  }

  @Post('{certificateName}/verify')
  async verify(
    @Req() request: IncomingMessage,
    @Res() response: ServerResponse,
    @Param() { certificateName: name, ...place }: CertificatePath,
  ): Promise<void> {
    const ifMatch = requireIfMatch(request.headers['if-match']);
    const proof = await readJsonBody(request, response, verificationSchema);
    const hub = await getHub(this.administration, place);
    const tagged = { name, ifMatch };
    const certificate = await this.certificates.verify(hub.name, tagged, proof.certificate);
    answerEntity({ request, response }, formatCertificate(formatResourceId(hub), certificate));
  }
}
