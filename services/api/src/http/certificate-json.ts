/** The JSON of a CA certificate as Azure Resource Manager has it (security-limits.md section 7). */
import type { EntityJson } from '@linchpin/wire/json';
import { z } from 'zod';
import type { CaCertificate } from '../domain/ca-certificate.js';

/** What the registry makes of the text is its own to say. */
export const certificateSchema = z.object({
  properties: z.object({ certificate: z.string(), isVerified: z.boolean().nullish() }),
});

export const verificationSchema = z.object({ certificate: z.string() });

/** @param hubId the resource id of the hub */
export function formatCertificate(
  hubId: string,
  certificate: CaCertificate,
  verificationCode?: string,
): EntityJson {
  const { name, etag, subject, thumbprint, isVerified } = certificate;
  return {
    id: `${hubId}/certificates/${name}`,
    name,
    type: 'Microsoft.Devices/IotHubs/Certificates',
    etag,
    properties: {
      subject,
      // The SDKs read times in this form here alone.
      expiry: certificate.expiry.toUTCString(),
      thumbprint,
      isVerified,
      created: certificate.createdTime.toUTCString(),
      updated: certificate.updatedTime.toUTCString(),
      certificate: Buffer.from(certificate.der).toString('base64'),
      ...(verificationCode !== undefined && { verificationCode }),
    },
  };
}
